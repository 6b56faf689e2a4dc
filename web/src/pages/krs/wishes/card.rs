//! The list of wishes, as the page shows it.

use api::{AllocationState, Plan, Wish, Wishes};

use super::{OF_ALLOCATION, Wished, address, is_open};
use crate::i18n::Vars;
use crate::pages::krs::catalogue::Filter;
use crate::pages::krs::panel::{Ceiling, class_label, meetings, spoken_label};
use crate::pages::krs::state::named;
use crate::reasons;
use crate::view::{Hidden, Missing, Part, Reason, Tone};
use crate::visit::Visit;

/// The list of wishes.
pub struct WishCard {
    /// `3 dari 30 pilihan`.
    pub count: String,
    /// Until when it may be changed; empty when no window is known.
    pub until: String,
    /// How many SKS may be given at most, and why.
    pub ceiling: String,
    /// Why it cannot be changed now; empty when it can.
    pub refusals: Vec<Reason>,
    /// In order.
    pub lines: Vec<WishLine>,
    /// The form around the list; none while nothing may change.
    pub form: Option<WishesForm>,
    /// `Pilihan (3)`.
    pub jump: String,
}

/// The form around the list of wishes.
pub struct WishesForm {
    /// Where it is sent.
    pub action: String,
    /// Its hidden fields.
    pub hidden: Hidden,
    /// The version that is shown.
    pub version: i64,
}

/// A wish.
pub struct WishLine {
    /// Id of the class.
    pub id: String,
    /// Rank.
    pub rank: u32,
    /// Course and class.
    pub title: String,
    /// The same for the ear.
    pub label: String,
    /// Days, hours, SKS.
    pub detail: String,
    /// `52 memilih, 40 kursi`.
    pub demand: String,
    /// How that is meant.
    pub tone: &'static str,
    /// Why it would not be given as things are.
    pub reasons: Vec<Reason>,
    /// It can be moved up.
    pub up: bool,
    /// It can be moved down.
    pub down: bool,
}

impl WishCard {
    /// The list; none when seats have been given.
    #[must_use]
    pub fn of(visit: &Visit, plan: &Plan, wished: &Wished, filter: &Filter) -> Option<Part<Self>> {
        let lang = visit.lang;
        let Some(wishes) = &wished.wishes else {
            return Some(Part::Down(Missing {
                heading: lang.t("wishes-title"),
                title: lang.t("down-wishes"),
                text: lang.t("down-wishes.text"),
                retry: filter.href(filter.page),
            }));
        };
        is_open(wishes.allocation).then(|| Part::Ready(Self::new(visit, plan, wishes, filter)))
    }

    fn new(visit: &Visit, plan: &Plan, wishes: &Wishes, filter: &Filter) -> Self {
        let (lang, campus) = (visit.lang, &visit.app.campus);
        let running = wishes.allocation == AllocationState::Running;
        let editable = wishes.refusals.is_empty() && !running;
        let count = Vars::new().count("count", long(wishes.wishes.len()));
        let until = plan.window.as_ref().filter(|_| editable).map(|window| {
            let date = campus.date_time(lang, campus.last_moment(window.closes_at));
            lang.with("wishes-until", &Vars::new().text("date", date))
        });
        let said = |refusal: &&api::Refusal| {
            let above = plan.refusals.iter().any(|other| other.reason == refusal.reason);
            let shown = running && refusal.reason.starts_with(OF_ALLOCATION);
            !above && !shown
        };
        let own: Vec<_> = wishes.refusals.iter().filter(said).cloned().collect();
        let form = editable.then(|| WishesForm {
            action: address(&plan.period_code),
            hidden: Hidden::new(visit.form_token()).back(format!("{}#pilihan", filter.href(filter.page))),
            version: wishes.version,
        });
        let last = wishes.wishes.len();
        Self {
            jump: lang.with("wishes-jump", &count),
            count: lang.with("wishes-count", &count.count("limit", wishes.limit)),
            until: until.unwrap_or_default(),
            ceiling: Ceiling::new(lang, plan).why,
            refusals: reasons::sentences(lang, campus, &own),
            lines: wishes.wishes.iter().enumerate().map(|(n, wish)| line(visit, plan, wish, n, last)).collect(),
            form,
        }
    }
}

fn line(visit: &Visit, plan: &Plan, wish: &Wish, n: usize, all: usize) -> WishLine {
    let (lang, class) = (visit.lang, &wish.class);
    let credits = lang.with("credits", &Vars::new().count("credits", class.course.credits));
    // What stands in the way of everything is said once, above.
    let general = |refusal: &&api::Refusal| plan.refusals.iter().any(|other| other.reason == refusal.reason);
    let own: Vec<_> = wish.refusals.iter().filter(|refusal| !general(refusal)).cloned().collect();
    let demand = Vars::new().count("wishers", wish.wishers).count("capacity", class.capacity);
    WishLine {
        id: class.id.clone(),
        rank: wish.rank,
        title: class_label(lang, class),
        label: spoken_label(lang, class),
        detail: format!("{} · {credits}", meetings(lang, class).join(", ")),
        demand: lang.with("wish-demand", &demand),
        tone: if wish.wishers > class.capacity { Tone::Wait } else { Tone::Mute }.class(),
        reasons: reasons::sentences(lang, &visit.app.campus, &named(lang, plan, &own)),
        up: n > 0,
        down: n + 1 < all,
    }
}

fn long(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
