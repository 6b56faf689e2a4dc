//! The gateway's own behaviour: the real router on a real listener, real tokens, and services that are not there. What
//! needs services that answer is told by the stories that run the whole house.
#![expect(clippy::unwrap_used, reason = "what cannot be done fails the test")]

mod app;
mod description;
mod docs;
mod generated;
mod home;
mod requests;
mod routes;
mod shared;
mod tokens;
mod traffic;
