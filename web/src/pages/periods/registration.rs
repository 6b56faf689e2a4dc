//! How registration runs in a period, as a part of its form.

use api::{Registration, SeatPolicy};

use crate::i18n::Lang;
use crate::pages::entry::{Check, Fields, Input, Kind, Section};
use crate::view::Choice;

/// Id of the section.
pub const SECTION: &str = "s-pendaftaran";

/// Name, message of the label, most, and the path in the request, of every number.
const NUMBERS: [(&str, &str, u32, &str); 6] = [
    ("laju", "registration-rate", 10_000, "admission_rate"),
    ("awal", "registration-burst", 100_000, "admission_burst"),
    ("hadir", "registration-presence", 1440, "presence_minutes"),
    ("tunggu", "registration-waiting", 50, "waiting_limit"),
    ("lepas", "registration-trading", 1000, "trading_limit"),
    ("jam", "registration-hours", 720, "trading_hours"),
];

/// Message of when a class holds a seat.
#[must_use]
pub fn policy_key(policy: SeatPolicy) -> &'static str {
    match policy {
        SeatPolicy::AtAdd => "seat-policy-at-add",
        SeatPolicy::AtSubmit => "seat-policy-at-submit",
        SeatPolicy::Allocation => "seat-policy-allocation",
    }
}

fn numbers(settings: &Registration) -> [u32; 6] {
    [
        settings.admission_rate,
        settings.admission_burst,
        settings.presence_minutes,
        settings.waiting_limit,
        settings.trading_limit,
        settings.trading_hours,
    ]
}

/// Writes the settings into the fields of a form; 0, which stands for the default, is an empty field.
pub fn write(fields: &mut Fields, settings: &Registration) {
    fields.set("kursi", settings.seat_policy.as_str());
    for ((name, ..), number) in NUMBERS.into_iter().zip(numbers(settings)) {
        fields.set(name, if number == 0 { String::new() } else { number.to_string() });
    }
}

/// The section of the form.
#[must_use]
pub fn section(lang: Lang, typed: &Fields) -> Section {
    let policies = SeatPolicy::ALL.iter().map(|policy| Choice::new(policy.as_str(), lang.t(policy_key(*policy)), ""));
    let policy = Input::new("kursi", lang.t("registration-policy"), Kind::Select(policies.collect()), typed);
    let mut inputs = vec![policy.width("w6").hint(lang.t("registration-policy-hint"))];
    inputs.extend(NUMBERS.into_iter().map(|(name, label, ..)| {
        Input::new(name, lang.t(label), Kind::Number, typed).max(6).hint(lang.t(&format!("{label}.hint")))
    }));
    Section {
        id: SECTION.into(),
        title: lang.t("registration-title"),
        hint: lang.t("registration-hint"),
        inputs,
        ..Section::default()
    }
}

/// What is typed.
pub fn read(check: &mut Check<'_>) -> Registration {
    let seat_policy = check.choice::<SeatPolicy>("kursi", "registration-policy");
    let mut number = |at: usize| {
        let (name, label, most, _) = NUMBERS[at];
        check.number(name, label, 0, most)
    };
    Registration {
        seat_policy: seat_policy.unwrap_or(SeatPolicy::AtAdd),
        admission_rate: number(0),
        admission_burst: number(1),
        presence_minutes: number(2),
        waiting_limit: number(3),
        trading_limit: number(4),
        trading_hours: number(5),
    }
}

/// Id of the field that a path of the request means.
#[must_use]
pub fn place(path: &str) -> Option<&'static str> {
    let part = path.strip_prefix("registration")?.trim_start_matches('.');
    if part == "seat_policy" {
        return Some("kursi");
    }
    Some(NUMBERS.into_iter().find(|(.., path)| *path == part).map_or(SECTION, |(name, ..)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were_shown_and_an_empty_field_is_the_default() {
        let settings = Registration {
            seat_policy: SeatPolicy::AtSubmit,
            admission_rate: 50,
            waiting_limit: 3,
            ..Registration::default()
        };
        let mut fields = Fields::default();
        write(&mut fields, &settings);
        assert_eq!((fields.get("laju"), fields.get("awal")), ("50", ""));
        let mut check = Check::new(Lang::Id, &fields);
        let read = read(&mut check);
        assert_eq!(check.done(read), Ok(settings));
    }

    #[test]
    fn what_is_refused_is_said_at_its_field() {
        assert_eq!(place("registration.admission_rate"), Some("laju"));
        assert_eq!(place("registration.seat_policy"), Some("kursi"));
        assert_eq!(place("registration"), Some(SECTION));
        assert_eq!(place("windows"), None);
        let fields = Fields::default().with("kursi", "at_add").with("laju", "100001");
        let mut check = Check::new(Lang::Id, &fields);
        let typed = read(&mut check);
        assert_eq!(check.done(typed).unwrap_err()[0].field, "laju");
    }
}
