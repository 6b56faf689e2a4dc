//! The allocation with nothing but lists: what the service must come to.

use course_svc::rules::shuffle::shuffled;

use crate::support::id;

/// SKS that everybody may take.
const CEILING: u32 = 24;

/// A class on offer.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) id: String,
    pub(crate) course: usize,
    pub(crate) credits: u32,
    /// Day and hour of its meeting.
    pub(crate) hour: (u32, u32),
    pub(crate) capacity: u32,
    /// Seats that are kept for those who entered in 2024.
    pub(crate) kept: u32,
    pub(crate) open: bool,
    /// A course that must be in the same plan.
    pub(crate) with: Option<usize>,
}

/// A student with wishes.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// Entered in 2024, not in 2025.
    pub(crate) elder: bool,
    pub(crate) held: bool,
    /// Numbers of offers, best first.
    pub(crate) wishes: Vec<usize>,
}

/// What became of a wish: place, rank, student, class, round, and why not (empty when it was given).
pub(crate) type Told = (u32, u32, String, String, u32, Vec<String>);

/// Everything that becomes of everybody's wishes, by place and rank.
pub(crate) fn allocate(seed: &str, offers: &[Offer], people: &[Person]) -> Vec<Told> {
    let order = shuffled(seed, people.iter().map(|person| id(&person.name)).collect());
    let person = |student: &String| people.iter().find(|person| id(&person.name) == *student).expect("a student");
    let mut players: Vec<Player<'_>> = order.iter().map(|student| Player::new(person(student))).collect();
    let mut taken = vec![(0, 0); offers.len()];
    let mut told = Vec::new();
    let mut round = 1;
    while players.iter().any(|player| !player.over) {
        let mut turns: Vec<usize> = (0..players.len()).collect();
        if round % 2 == 0 {
            turns.reverse();
        }
        for n in turns {
            if players[n].over {
                continue;
            }
            let place = u32::try_from(n).expect("few students") + 1;
            let found = players[n].turn(offers, &mut taken);
            told.extend(found.into_iter().map(|(wish, why)| {
                let (rank, offer) =
                    (u32::try_from(wish).expect("few wishes") + 1, &offers[players[n].person.wishes[wish]]);
                (place, rank, order[n].clone(), offer.id.clone(), round, why)
            }));
        }
        round += 1;
    }
    told.sort();
    told
}

struct Player<'a> {
    person: &'a Person,
    /// Places in the list of wishes that have no outcome.
    left: Vec<usize>,
    /// Numbers of offers in the plan.
    plan: Vec<usize>,
    over: bool,
}

impl<'a> Player<'a> {
    fn new(person: &'a Person) -> Self {
        Self { person, left: (0..person.wishes.len()).collect(), plan: Vec::new(), over: false }
    }

    /// Wishes with what they come to. `taken` counts seats of each offer, and those of them that were kept.
    fn turn(&mut self, offers: &[Offer], taken: &mut [(u32, u32)]) -> Vec<(usize, Vec<String>)> {
        let reasons = |wish: &usize| self.refused(self.person.wishes[*wish], offers, taken);
        let reasons: Vec<_> = self.left.iter().map(reasons).collect();
        let Some(given) = reasons.iter().position(Vec::is_empty) else {
            self.over = true;
            return self.left.iter().copied().zip(reasons).collect();
        };
        let wish = self.left.remove(given);
        let n = self.person.wishes[wish];
        self.plan.push(n);
        taken[n].0 += 1;
        if self.person.elder && taken[n].1 < offers[n].kept {
            taken[n].1 += 1;
        }
        self.over = self.left.is_empty();
        vec![(wish, Vec::new())]
    }

    fn refused(&self, n: usize, offers: &[Offer], taken: &[(u32, u32)]) -> Vec<String> {
        let (wanted, (all, kept)) = (&offers[n], taken[n]);
        let mine = || self.plan.iter().map(|n| &offers[*n]);
        let mut words = Vec::new();
        if self.person.held {
            words.push("hold-tuition");
        }
        if mine().any(|other| other.course == wanted.course) {
            words.push("course-already-taken");
        }
        if !wanted.open {
            words.push("class-closed");
        }
        let kept_left = wanted.kept - kept;
        if all >= wanted.capacity {
            words.push("class-full");
        } else if !(self.person.elder && kept_left > 0) && all + kept_left >= wanted.capacity {
            words.push("seats-reserved");
        }
        words.extend(mine().filter(|other| other.hour == wanted.hour).map(|_| "schedule-clash"));
        if mine().map(|other| other.credits).sum::<u32>() + wanted.credits > CEILING {
            words.push("credit-limit");
        }
        if wanted.with.is_some_and(|course| mine().all(|other| other.course != course)) {
            words.push("prerequisite-unmet");
        }
        words.into_iter().map(str::to_owned).collect()
    }
}
