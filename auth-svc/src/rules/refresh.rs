//! What a refresh token is worth.
//!
//! Every token works once and belongs to the family of one session. A family has one live token. Whoever presents a
//! used one is either a thief, or somebody whose answer was lost; the second is so exactly when the successor was never
//! used. Two requests of one browser at the same moment look like a lost answer too; within a short window both get the
//! same successor, so that none of them holds a dead token.

use jiff::{SignedDuration, Timestamp};

/// State of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// Works.
    Live,
    /// Was exchanged.
    Used,
    /// Its answer was lost and another took its place.
    Void,
}

impl TokenState {
    /// The word in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Used => "used",
            Self::Void => "void",
        }
    }

    /// Reads the word in the table.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Live, Self::Used, Self::Void].into_iter().find(|state| state.word() == word)
    }
}

/// The family's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionFacts {
    /// Its absolute end.
    pub(crate) expires_at: Timestamp,
    /// It was ended early, or its account is disabled.
    pub(crate) ended: bool,
}

/// The token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenFacts {
    /// Its state.
    pub(crate) state: TokenState,
    /// When it ends if it is not used: idle sessions end.
    pub(crate) expires_at: Timestamp,
}

/// The family's live token, when it is another than the one presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SuccessorFacts {
    /// It was given for the presented token.
    pub(crate) of_presented: bool,
    /// When it was given.
    pub(crate) issued_at: Timestamp,
    /// When it ends if it is not used.
    pub(crate) expires_at: Timestamp,
}

/// What to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Mark it used and give a successor.
    Rotate,
    /// Give the live successor once more.
    SameAgain,
    /// Make the unused successor void and give another.
    Replace,
}

/// Why it is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worthless {
    /// The session is over.
    Ended,
    /// It was used before by somebody who went on: one of the two is a thief. The family must end.
    Reused,
}

/// Decides what a presented token is worth.
pub(crate) fn judge(
    session: SessionFacts,
    token: TokenFacts,
    successor: Option<SuccessorFacts>,
    now: Timestamp,
    race_window: SignedDuration,
) -> Result<Exchange, Worthless> {
    if session.ended || session.expires_at <= now {
        return Err(Worthless::Ended);
    }
    match (token.state, successor) {
        (TokenState::Live, _) if token.expires_at <= now => Err(Worthless::Ended),
        (TokenState::Live, _) => Ok(Exchange::Rotate),
        (TokenState::Used, Some(successor)) if successor.of_presented => {
            if successor.expires_at <= now {
                Err(Worthless::Ended)
            } else if now.duration_since(successor.issued_at) < race_window {
                Ok(Exchange::SameAgain)
            } else {
                Ok(Exchange::Replace)
            }
        }
        (TokenState::Used | TokenState::Void, _) => Err(Worthless::Reused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: SignedDuration = SignedDuration::from_secs(10);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    fn session() -> SessionFacts {
        SessionFacts { expires_at: at(1000), ended: false }
    }

    fn token(state: TokenState) -> TokenFacts {
        TokenFacts { state, expires_at: at(500) }
    }

    fn successor(of_presented: bool) -> Option<SuccessorFacts> {
        Some(SuccessorFacts { of_presented, issued_at: at(100), expires_at: at(600) })
    }

    #[test]
    fn a_live_token_works_until_it_or_its_session_ends() {
        let judge = |session, now| judge(session, token(TokenState::Live), None, at(now), WINDOW);
        assert_eq!(judge(session(), 499), Ok(Exchange::Rotate));
        assert_eq!(judge(session(), 500), Err(Worthless::Ended));
        assert_eq!(judge(SessionFacts { expires_at: at(400), ended: false }, 400), Err(Worthless::Ended));
        assert_eq!(judge(SessionFacts { ended: true, ..session() }, 0), Err(Worthless::Ended));
    }

    #[test]
    fn a_lost_answer_is_given_again_and_later_replaced() {
        let judge = |now| judge(session(), token(TokenState::Used), successor(true), at(now), WINDOW);
        assert_eq!(judge(100), Ok(Exchange::SameAgain));
        assert_eq!(judge(109), Ok(Exchange::SameAgain));
        assert_eq!(judge(110), Ok(Exchange::Replace));
        assert_eq!(judge(600), Err(Worthless::Ended));
    }

    #[test]
    fn what_was_used_and_followed_up_ends_the_family() {
        for (state, successor) in [
            (TokenState::Used, successor(false)),
            (TokenState::Used, None),
            (TokenState::Void, successor(true)),
            (TokenState::Void, successor(false)),
            (TokenState::Void, None),
        ] {
            let judged = judge(session(), token(state), successor, at(101), WINDOW);
            assert_eq!(judged, Err(Worthless::Reused), "{state:?} {successor:?}");
        }
    }

    #[test]
    fn states_read_back() {
        for state in [TokenState::Live, TokenState::Used, TokenState::Void] {
            assert_eq!(TokenState::from_word(state.word()), Some(state));
        }
        assert_eq!(TokenState::from_word("stolen"), None);
    }
}
