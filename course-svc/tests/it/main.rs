//! The real service on a free port, over mutual TLS, on both engines.

mod support;

mod access;
mod admission;
mod admission_crowd;
mod approvals;
mod classes;
mod compare;
mod courses;
mod curricula;
mod delegations;
mod feeds;
mod grace;
mod idempotency;
mod import_history;
mod import_rows;
mod import_study;
mod imports;
mod krs;
mod model;
mod periods;
mod plan_states;
mod prerequisites;
mod queue;
mod race;
mod reasons;
mod record;
mod registrar;
mod revisions;
mod rooms;
mod speed;
mod statements;
mod swap;
mod upgrade;
mod waiting;
