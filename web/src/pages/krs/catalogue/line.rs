//! One class of the catalogue.

use api::{AllocationState, Choice as Offer, Class, Plan, Refusal, Wishes};

use super::Facts;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::pages::home::{course_name, lecturers};
use crate::pages::krs::act as address;
use crate::pages::krs::panel::{DropForm, class_label, may_drop, spoken_label};
use crate::pages::krs::wishes::address as wishes_address;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Badge, Hidden, Meter, Reason, Tone};

/// Seats: a bar and words.
#[derive(Debug, Clone)]
pub struct Seats {
    /// How it is meant.
    pub tone: Tone,
    /// The bar.
    pub meter: Meter,
    /// `Sisa 7`.
    pub strong: String,
    /// `dari 40 kursi`.
    pub rest: String,
}

/// When and where a class meets.
#[derive(Debug, Clone)]
pub struct Meets {
    /// `Senin`; or that there is no schedule yet.
    pub day: String,
    /// `07.00–09.30`; may be empty.
    pub hours: String,
    /// Room; may be empty.
    pub room: String,
}

/// What can be done with a class.
pub enum Act {
    /// Take it.
    Take(TakeForm),
    /// Give it back.
    Drop(DropForm),
    /// Take it for a class of the plan: the page that asks.
    Swap(AskLink),
    /// Join its waiting list: the page that asks.
    Wait(AskLink),
    /// Leave its waiting list.
    Leave(DropForm),
    /// Put it at the end of the wishes.
    Wish(WishForm),
    /// Take it from the wishes.
    Unwish(WishForm),
    /// Nothing, and a word why.
    Not(Badge),
}

/// The form that takes a seat.
pub struct TakeForm {
    /// Where it is sent.
    pub action: String,
    /// Its hidden fields.
    pub hidden: Hidden,
    /// What it does, in full.
    pub label: String,
}

/// The form that changes the wishes.
pub struct WishForm {
    /// Where it is sent.
    pub action: String,
    /// Its hidden fields.
    pub hidden: Hidden,
    /// The version of the wishes that is shown.
    pub version: i64,
    /// What it does, in full.
    pub label: String,
}

/// A link to a page that asks once more.
pub struct AskLink {
    /// Where to.
    pub href: String,
    /// What it is about, in full.
    pub label: String,
}

/// A class.
pub struct Line {
    /// Id of the class.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether the name is long.
    pub long: bool,
    /// Course, for the preview.
    pub course: String,
    /// Slots in the timetable, for the preview.
    pub slots: String,
    /// When and where.
    pub meets: Vec<Meets>,
    /// Lecturers.
    pub lecturers: String,
    /// Seats.
    pub seats: Seats,
    /// In the plan.
    pub in_plan: bool,
    /// In the plan, and without a seat yet.
    pub wished: bool,
    /// `Anda nomor 3 dari 7 di daftar tunggu`; empty when not in line.
    pub place: String,
    /// What can be done.
    pub act: Act,
    /// Why it cannot be taken.
    pub reasons: Vec<Reason>,
}

/// Makes the row of a class.
pub(super) fn line(facts: &Facts<'_>, offer: &Offer) -> Line {
    let lang = facts.lang;
    let class = &offer.class;
    // What stands in the way of everything is said once, above the catalogue.
    let general: Vec<&str> = facts.plan.iter().flat_map(|plan| &plan.refusals).map(|r| r.reason.as_str()).collect();
    let mut own: Vec<_> = offer.refusals.iter().filter(|r| !general.contains(&r.reason.as_str())).cloned().collect();
    own.iter_mut().for_each(|refusal| name_class(lang, facts.plan, refusal));
    let slots = facts.week.map(|week| {
        class.meetings.iter().flat_map(|m| week.slots(m.day, m.start_minute, m.end_minute)).collect::<Vec<_>>()
    });
    let meet = |meeting: &api::Meeting| Meets {
        day: format::day(lang, meeting.day),
        hours: format::hours(lang, meeting.start_minute, meeting.end_minute),
        room: meeting.room_code.clone().unwrap_or_default(),
    };
    let mut meets: Vec<_> = class.meetings.iter().map(meet).collect();
    if meets.is_empty() {
        meets.push(Meets { day: lang.t("no-meetings"), hours: String::new(), room: String::new() });
    }
    Line {
        id: class.id.clone(),
        name: class.name.clone(),
        long: class.name.chars().count() > 2,
        course: course_name(lang, class),
        slots: slots.unwrap_or_default().join(" "),
        meets,
        lecturers: lecturers(lang, class),
        seats: seats(lang, class),
        in_plan: offer.in_plan,
        wished: facts.plan.is_some_and(|plan| plan.items.iter().any(|i| i.class.id == class.id && i.wished)),
        place: facts.wishes.and_then(|wishes| ranked(lang, wishes, offer)).unwrap_or_else(|| place(lang, offer)),
        act: act(facts, offer),
        reasons: reasons::sentences(lang, facts.campus, &own),
    }
}

/// A refusal names a class of the plan by its code; people know it by its name.
fn name_class(lang: Lang, plan: Option<&Plan>, refusal: &mut Refusal) {
    let id = refusal.facts.get("class_id");
    let item = plan.into_iter().flat_map(|plan| &plan.items).find(|item| Some(&item.class.id) == id);
    if let Some(item) = item {
        refusal.facts.insert("class".into(), class_label(lang, &item.class));
    }
}

fn act(facts: &Facts<'_>, offer: &Offer) -> Act {
    let lang = facts.lang;
    let class = &offer.class;
    let badge = |tone, icon, key: &str| Act::Not(Badge { tone, icon, text: lang.t(key) });
    let ask = |verb: &str, label| AskLink { href: address(verb, class), label };
    if offer.in_plan {
        return if facts.plan.is_some_and(may_drop) && !facts.waits {
            Act::Drop(DropForm::new(lang, class, facts.hidden))
        } else {
            badge(Tone::Ok, Some("check"), "taken")
        };
    }
    if let Some(wishes) = facts.wishes {
        return wish(facts, wishes, offer);
    }
    if offer.place > 0 && !facts.waits {
        let (action, hidden) = (address("batal", class), facts.hidden.clone().key(random_word()));
        return Act::Leave(DropForm { action, hidden, label: spoken_label(lang, class) });
    }
    if facts.waits {
        return badge(Tone::Mute, Some("hourglass"), "badge-turn");
    }
    if let Some(own) = swapped(facts, offer) {
        let vars = Vars::new().text("gives", own).text("takes", spoken_label(lang, class));
        return Act::Swap(ask("tukar", lang.with("swap-spoken", &vars)));
    }
    if offer.may_wait {
        let label = lang.with("wait-join.spoken", &Vars::new().text("class", class_label(lang, class)));
        return Act::Wait(ask("tunggu", label));
    }
    match offer.refusals.as_slice() {
        [] => Act::Take(TakeForm {
            action: address("kelas", class),
            hidden: facts.hidden.clone().key(random_word()),
            label: spoken_label(lang, class),
        }),
        [only] if only.reason == "class-full" => badge(Tone::Mute, None, "badge-full"),
        [only] if only.reason == "class-closed" => badge(Tone::Mute, None, "badge-closed"),
        _ => badge(Tone::Mute, Some("lock"), "badge-not-now"),
    }
}

/// What can be done with a class while seats are given by wishes and not given yet. Whether the rules allow it is asked
/// when its turn comes: a wish may be put all the same.
fn wish(facts: &Facts<'_>, wishes: &Wishes, offer: &Offer) -> Act {
    let (lang, class) = (facts.lang, &offer.class);
    let listed = wishes.wishes.iter().any(|wish| wish.class.id == class.id);
    let badge = |tone, icon, key: &str| Act::Not(Badge { tone, icon: Some(icon), text: lang.t(key) });
    if !wishes.refusals.is_empty() || wishes.allocation != AllocationState::Pending {
        return if listed {
            badge(Tone::Ok, "check", "wish-listed")
        } else {
            badge(Tone::Mute, "lock", "badge-not-now")
        };
    }
    let form = || WishForm {
        action: wishes_address(&class.period_code),
        hidden: facts.hidden.clone().at(&format!("k-{}", class.id)),
        version: wishes.version,
        label: spoken_label(lang, class),
    };
    match listed {
        true => Act::Unwish(form()),
        false if wishes.wishes.len() < wishes.limit as usize => Act::Wish(form()),
        false => badge(Tone::Mute, "lock", "wishes-full"),
    }
}

/// `Pilihan 2`; none when it is not among the wishes.
fn ranked(lang: Lang, wishes: &Wishes, offer: &Offer) -> Option<String> {
    let wish = wishes.wishes.iter().find(|wish| wish.class.id == offer.class.id)?;
    Some(lang.with("wish-rank", &Vars::new().count("rank", wish.rank)))
}

/// The class of the plan that would be given back for this one.
fn swapped(facts: &Facts<'_>, offer: &Offer) -> Option<String> {
    let id = offer.swap_class_id.as_ref()?;
    let own = facts.plan?.items.iter().find(|item| item.class.id == *id)?;
    Some(class_label(facts.lang, &own.class))
}

fn place(lang: Lang, offer: &Offer) -> String {
    if offer.place == 0 {
        return String::new();
    }
    let vars = Vars::new().count("place", offer.place).count("waiting", offer.class.waiting.max(offer.place));
    lang.with("wait-place", &vars)
}

/// At most a tenth of the seats, or three of them: worth a warning.
fn is_scarce(left: u32, capacity: u32) -> bool {
    left <= (capacity / 10).max(3)
}

fn seats(lang: Lang, class: &Class) -> Seats {
    let capacity = Vars::new().count("capacity", class.capacity);
    let rest = lang.with("seats-capacity", &capacity);
    let Some(taken) = class.taken else {
        return Seats { tone: Tone::Mute, meter: Meter::new(0, 1), strong: lang.t("seats-unknown"), rest };
    };
    // A freed seat belongs to those in line who may take it; what is left beyond that is for others.
    let left = class.capacity.saturating_sub(taken + class.reserved);
    let (tone, strong, rest) = match left {
        0 if class.waiting > 0 => {
            let vars = Vars::new().count("capacity", class.capacity).count("waiting", class.waiting);
            (Tone::Bad, lang.t("badge-full"), lang.with("seats-waiting", &vars))
        }
        0 if class.reserved > 0 => {
            let vars = Vars::new().count("reserved", class.reserved);
            (Tone::Bad, lang.t("badge-full"), lang.with("seats-reserved", &vars))
        }
        0 => (Tone::Bad, lang.t("badge-full"), lang.with("seats-all-taken", &capacity)),
        left => {
            let tone = if is_scarce(left, class.capacity) { Tone::Wait } else { Tone::Info };
            (tone, lang.with("seats-left", &Vars::new().count("left", left)), rest)
        }
    };
    Seats { tone, meter: Meter::new(taken, class.capacity), strong, rest }
}
