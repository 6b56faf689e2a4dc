//! The closed vocabularies of this service, each with the word that it is written as in files and in the database.

/// Declares an enum whose variants are words.
macro_rules! words {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that the value is written as.
            #[must_use]
            $vis const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value of a word, exactly as written.
            #[must_use]
            $vis fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownWord;

            fn try_from(word: String) -> Result<Self, UnknownWord> {
                Self::of(&word).ok_or(UnknownWord)
            }
        }
    };
}

/// A stored word that this version of the program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored word is unknown to this version")]
pub(crate) struct UnknownWord;

words! {
    /// Degree level of a study programme (jenjang).
    pub(crate) enum DegreeLevel {
        /// Diploma three.
        D3 = "D3",
        /// Applied bachelor.
        D4 = "D4",
        /// Bachelor.
        S1 = "S1",
        /// Master.
        S2 = "S2",
        /// Doctor.
        S3 = "S3",
        /// Professional programme.
        Profesi = "Profesi",
    }
}

words! {
    /// Gender as PDDikti knows it.
    pub(crate) enum Gender {
        /// Not given.
        NotGiven = "",
        /// Laki-laki.
        Male = "L",
        /// Perempuan.
        Female = "P",
    }
}

words! {
    /// Status of a student in a period, letters as PDDikti's AKM knows them.
    pub(crate) enum StatusKind {
        /// Aktif: registered again and entitled to fill a KRS.
        Active = "A",
        /// Cuti: on approved leave.
        Leave = "C",
        /// Non-aktif: not registered again.
        Inactive = "N",
        /// Sedang double degree.
        DoubleDegree = "G",
        /// Kampus Merdeka.
        Merdeka = "M",
    }
}

words! {
    /// Why a hold was placed.
    pub(crate) enum HoldKind {
        /// Unpaid tuition (UKT).
        Tuition = "tuition",
        /// Library.
        Library = "library",
        /// Academic or disciplinary.
        Academic = "academic",
        /// Missing documents.
        Document = "document",
    }
}

words! {
    /// Which national number a lecturer is known by.
    pub(crate) enum NumberKind {
        /// Nomor Induk Dosen Nasional, 10 digits.
        Nidn = "nidn",
        /// Nomor Induk Dosen Khusus, 10 digits.
        Nidk = "nidk",
        /// Nomor Unik Pendidik dan Tenaga Kependidikan, 16 digits.
        Nuptk = "nuptk",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_its_value() {
        for &level in DegreeLevel::ALL {
            assert_eq!(DegreeLevel::of(level.word()), Some(level));
        }
        for &status in StatusKind::ALL {
            assert_eq!(StatusKind::try_from(status.word().to_owned()), Ok(status));
        }
        assert_eq!(Gender::of(""), Some(Gender::NotGiven));
        assert_eq!(HoldKind::of("Tuition"), None, "words are exact");
        assert_eq!(NumberKind::try_from("nip".to_owned()), Err(UnknownWord));
    }
}
