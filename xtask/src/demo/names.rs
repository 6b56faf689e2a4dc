//! Common given names and second names, which combine at random.

use super::dice::Dice;

#[rustfmt::skip]
const MALE: &[&str] = &[
    "Aditya", "Agus", "Ahmad", "Andika", "Arif", "Bagas", "Bayu", "Bima", "Dimas", "Eko", "Fajar", "Farhan", "Galih",
    "Gilang", "Hafiz", "Hendra", "Ilham", "Irfan", "Krisna", "Lukman", "Made", "Naufal", "Nanda", "Putu", "Rafi",
    "Raka", "Rendi", "Rizal", "Satria", "Surya", "Taufik", "Wahyu", "Yoga", "Yusuf", "Zaki", "Teguh", "Rudi", "Joko",
    "Dedi", "Fikri", "Gede", "Ivan", "Johan", "Reza", "Vino", "Yohanes", "Stefanus", "Daniel",
];
#[rustfmt::skip]
const FEMALE: &[&str] = &[
    "Aisyah", "Alya", "Amelia", "Anisa", "Ayu", "Bunga", "Citra", "Dewi", "Dian", "Elsa", "Fitri", "Gita", "Hana",
    "Indah", "Intan", "Kartika", "Ketut", "Laras", "Lestari", "Maya", "Mega", "Nabila", "Nadia", "Putri", "Rani",
    "Ratna", "Rina", "Salsabila", "Sari", "Sekar", "Siti", "Tiara", "Vina", "Wulan", "Yuni", "Zahra", "Maria", "Agnes",
    "Kirana", "Melati", "Nur", "Okta", "Rahma", "Shinta", "Tri", "Ulfa", "Wahyuni", "Yasmin",
];
/// Second names of men.
#[rustfmt::skip]
const MALE_LAST: &[&str] = &[
    "Adinata", "Baskara", "Darmawan", "Firmansyah", "Gunadi", "Hakim", "Hidayat", "Irawan", "Kurniawan", "Mahendra",
    "Maulana", "Nugraha", "Nugroho", "Permana", "Prakoso", "Pratama", "Purnama", "Ramadhan", "Santoso", "Saputra",
    "Setiawan", "Susanto", "Utomo", "Wibisono", "Wicaksono", "Wijaya", "Yulianto", "Hartono", "Prasetyo", "Suhendra",
];
/// Second names of women.
#[rustfmt::skip]
const FEMALE_LAST: &[&str] = &[
    "Anggraini", "Fadhilah", "Handayani", "Hasanah", "Kusuma", "Maharani", "Nurhayati", "Oktaviani", "Permatasari",
    "Pertiwi", "Puspita", "Rahayu", "Rahmawati", "Safitri", "Sulistyowati", "Suryani", "Utami", "Wahyuningsih",
    "Widyastuti", "Wijayanti", "Wulandari", "Yulianti", "Azzahra", "Damayanti", "Febrianti", "Lestari", "Ramadhani",
    "Novitasari", "Aprilia", "Susanti",
];
/// Names of families, borne by both.
#[rustfmt::skip]
const FAMILY: &[&str] = &[
    "Aritonang", "Damanik", "Harahap", "Lubis", "Manurung", "Nainggolan", "Nasution", "Pangestu", "Siagian",
    "Sihombing", "Simatupang", "Siregar", "Tanjung", "Tarigan", "Ginting", "Pohan", "Rumengan", "Lumentut", "Latuheru",
    "Pattiasina", "Tambunan", "Sembiring",
];
/// Places of birth.
#[rustfmt::skip]
pub(crate) const PLACES: &[&str] = &[
    "Bandung", "Banjarmasin", "Bogor", "Cirebon", "Denpasar", "Garut", "Jakarta", "Jember", "Kediri", "Kupang",
    "Makassar", "Malang", "Manado", "Mataram", "Medan", "Padang", "Palembang", "Pontianak", "Semarang", "Solo",
    "Surabaya", "Tegal", "Yogyakarta", "Ambon", "Balikpapan", "Jambi", "Lampung", "Pekanbaru", "Purwokerto", "Serang",
];

/// A name of two or three words.
pub(crate) fn name(dice: &mut Dice, woman: bool) -> String {
    let (given, last) = if woman { (FEMALE, FEMALE_LAST) } else { (MALE, MALE_LAST) };
    let first = dice.pick(given);
    let surname = if dice.below(4) == 0 { dice.pick(FAMILY) } else { dice.pick(last) };
    let between = if dice.below(3) == 0 { given } else { last };
    let middle = dice.pick(between);
    if dice.below(2) == 0 || middle == first || middle == surname {
        return format!("{first} {surname}");
    }
    format!("{first} {middle} {surname}")
}

/// A name that nobody in the list has yet.
pub(crate) fn fresh(dice: &mut Dice, woman: bool, taken: &mut Vec<String>) -> String {
    loop {
        let name = name(dice, woman);
        if !taken.contains(&name) {
            taken.push(name.clone());
            return name;
        }
    }
}
