//! Curricula of the four programmes that the demo runs, read from `curricula/*.txt`.

use std::collections::BTreeMap;

const FILES: [&str; 4] = [
    include_str!("curricula/if-s1.txt"),
    include_str!("curricula/si-s1.txt"),
    include_str!("curricula/mn-s1.txt"),
    include_str!("curricula/te-s1.txt"),
];

/// A course by the code of its programme and its own.
type Named = (&'static str, &'static str);

/// Courses of two programmes whose results count for each other.
pub(crate) const EQUIVALENTS: [(Named, Named); 12] = [
    (("IF-S1", "IF101"), ("SI-S1", "SI102")),
    (("IF-S1", "IF104"), ("SI-S1", "SI105")),
    (("IF-S1", "IF105"), ("SI-S1", "SI109")),
    (("IF-S1", "IF201"), ("SI-S1", "SI202")),
    (("IF-S1", "IF202"), ("SI-S1", "SI201")),
    (("IF-S1", "IF204"), ("SI-S1", "SI108")),
    (("IF-S1", "IF206"), ("SI-S1", "SI206")),
    (("IF-S1", "IF209"), ("SI-S1", "SI209")),
    (("IF-S1", "IF310"), ("SI-S1", "SI354")),
    (("IF-S1", "IF454"), ("SI-S1", "SI352")),
    (("IF-S1", "MA201"), ("TE-S1", "TE205")),
    (("SI-S1", "SI211"), ("MN-S1", "MN451")),
];

/// How a course counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Compulsory,
    Elective,
    National,
    Thesis,
}

impl Kind {
    /// The word of the files.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Compulsory => "compulsory",
            Self::Elective => "elective",
            Self::National => "national",
            Self::Thesis => "thesis",
        }
    }
}

/// Something that a course asks for. Courses are positions in [`Catalogue::courses`].
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    /// Passed with at least this letter.
    Passed(usize, &'static str),
    /// Taken in an earlier period.
    Taken(usize),
    /// Taken earlier, or in the same period.
    Concurrent(usize),
    /// So many SKS passed.
    Credits(u32),
    /// An IPK of at least so many hundredths.
    Gpa(u32),
}

/// A course as `courses.csv` has it, with what it asks for.
pub(crate) struct Course {
    /// Code of the programme that owns it.
    pub(crate) owner: &'static str,
    /// Natural key within the programme.
    pub(crate) code: &'static str,
    /// Indonesian name.
    pub(crate) name: &'static str,
    /// English name.
    pub(crate) name_en: &'static str,
    /// SKS in class.
    pub(crate) lecture: u32,
    /// SKS of practice.
    pub(crate) practice: u32,
    /// SKS of field work.
    pub(crate) field: u32,
    /// How it counts.
    pub(crate) kind: Kind,
    /// Semester in which the curriculum places it; odd ones run in Ganjil, even ones in Genap.
    pub(crate) semester: usize,
    /// Groups that must all be met, by one of their alternatives each.
    pub(crate) asks: Vec<Vec<Ask>>,
    /// Seats of each of its classes.
    pub(crate) seats: Vec<u32>,
}

impl Course {
    /// SKS in all.
    pub(crate) fn credits(&self) -> u32 {
        self.lecture + self.practice + self.field
    }
}

/// A curriculum: positions of its courses, and the semesters that have room for an elective.
pub(crate) struct Curriculum {
    /// Code of the programme.
    pub(crate) programme: &'static str,
    /// Name.
    pub(crate) name: &'static str,
    /// Its courses, those of other programmes among them.
    pub(crate) courses: Vec<usize>,
    /// A semester for each elective to take.
    pub(crate) electives: Vec<usize>,
}

/// All of it.
pub(crate) struct Catalogue {
    /// Every course once, by programme in curriculum order.
    pub(crate) courses: Vec<Course>,
    /// The four curricula.
    pub(crate) curricula: Vec<Curriculum>,
}

impl Catalogue {
    /// Reads the four files.
    pub(crate) fn read() -> Self {
        let mut all = Self { courses: Vec::new(), curricula: Vec::new() };
        let mut places = BTreeMap::new();
        for text in FILES {
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            let (head, lines) = lines.split_first().expect("a curriculum has a heading");
            all.curriculum(&fields(head), lines, &mut places);
        }
        all
    }

    fn curriculum(
        &mut self,
        head: &[&'static str],
        lines: &[&'static str],
        places: &mut BTreeMap<(&'static str, &'static str), usize>,
    ) {
        let programme = head[0].strip_prefix("programme ").expect("the heading names the programme");
        let electives = head[2].strip_prefix("electives ").expect("the heading places the electives");
        let electives = electives.split(' ').map(number).collect();
        let mut courses = Vec::new();
        let mut asks = Vec::new();
        for line in lines {
            let (semester, rest) = line.split_once(' ').expect("a semester and a course");
            if let Some((owner, code)) = rest.split_once('/').filter(|_| !rest.contains('|')) {
                courses.push(places[&(owner, code)]);
                continue;
            }
            let parts = fields(rest);
            let mut credits = parts[3].split('+').map(|part| number(part) as u32);
            let place = self.courses.len();
            places.insert((programme, parts[0]), place);
            courses.push(place);
            asks.push((place, parts[5]));
            self.courses.push(Course {
                owner: programme,
                code: parts[0],
                name: parts[1],
                name_en: parts[2],
                lecture: credits.next().unwrap_or(0),
                practice: credits.next().unwrap_or(0),
                field: credits.next().unwrap_or(0),
                kind: kind(parts[4]),
                semester: number(semester),
                asks: Vec::new(),
                seats: parts[6].split_whitespace().map(|seats| number(seats) as u32).collect(),
            });
        }
        let place_of = |code: &'static str| {
            let key = code.split_once('/').unwrap_or((programme, code));
            *places.get(&key).unwrap_or_else(|| panic!("{code} is not a course"))
        };
        for (place, text) in asks {
            let groups = text.split(" & ").filter(|group| !group.is_empty());
            self.courses[place].asks =
                groups.map(|group| group.split(" or ").map(|one| ask(one, place_of)).collect()).collect();
        }
        self.curricula.push(Curriculum { programme, name: head[1], courses, electives });
    }

    /// Position of a course.
    pub(crate) fn place(&self, owner: &str, code: &str) -> usize {
        let found = self.courses.iter().position(|course| course.owner == owner && course.code == code);
        found.unwrap_or_else(|| panic!("{owner} has no course {code}"))
    }

    /// The curriculum of a programme.
    pub(crate) fn of(&self, programme: &str) -> &Curriculum {
        let found = self.curricula.iter().find(|curriculum| curriculum.programme == programme);
        found.unwrap_or_else(|| panic!("{programme} has no curriculum"))
    }
}

fn fields(line: &'static str) -> Vec<&'static str> {
    line.split('|').map(str::trim).collect()
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

fn kind(letter: &str) -> Kind {
    match letter {
        "A" => Kind::Compulsory,
        "E" => Kind::Elective,
        "N" => Kind::National,
        "S" => Kind::Thesis,
        _ => panic!("`{letter}` is no kind of course"),
    }
}

fn ask(text: &'static str, place_of: impl Fn(&'static str) -> usize) -> Ask {
    if let Some(credits) = text.strip_prefix("SKS>=") {
        return Ask::Credits(number(credits) as u32);
    }
    if let Some(gpa) = text.strip_prefix("IPK>=") {
        let (whole, hundredths) = gpa.split_once('.').expect("an IPK has two decimals");
        return Ask::Gpa(number(whole) as u32 * 100 + number(hundredths) as u32);
    }
    let (code, how) = text.split_once(':').expect("a course and what is asked of it");
    match how {
        "T" => Ask::Taken(place_of(code)),
        "B" => Ask::Concurrent(place_of(code)),
        _ => {
            let letter = how.strip_prefix("L(").and_then(|rest| rest.strip_suffix(')'));
            Ask::Passed(place_of(code), letter.unwrap_or_else(|| panic!("`{text}` asks for nothing")))
        }
    }
}
