//! Who gives a command, as the history of a plan remembers.

use chassis::auth::Caller;

use crate::rules::access::{self, Owner};
use crate::store::plan_steps::{Actor, ActorRole};
use crate::store::students;

/// The owner of plans for the rules of access; without one about a student who is not known.
pub fn owner_of<'a>(student_id: &'a str, owner: Option<&'a students::Owner>) -> Owner<'a> {
    Owner {
        student_id,
        advisor_id: owner.and_then(|owner| owner.advisor_id.as_deref()),
        programme_id: owner.map(|owner| owner.programme_id.as_str()),
        delegated: owner.is_some_and(|owner| owner.delegated),
    }
}

/// The caller in a role.
pub fn actor(caller: &Caller, role: ActorRole) -> Actor {
    let person_id = match role {
        ActorRole::Student => caller.student_id.clone(),
        ActorRole::Advisor | ActorRole::Delegate => caller.lecturer_id.clone(),
        ActorRole::Registrar | ActorRole::Import | ActorRole::System => None,
    };
    Actor { account_id: caller.account_id.clone(), role, person_id: person_id.unwrap_or_default() }
}

/// In which role the caller decides about a plan that is theirs to decide about.
pub fn role(caller: &Caller, owner: Owner<'_>) -> ActorRole {
    if access::advises(caller, owner) {
        ActorRole::Advisor
    } else if access::stands_in(caller, owner) {
        ActorRole::Delegate
    } else {
        ActorRole::Registrar
    }
}
