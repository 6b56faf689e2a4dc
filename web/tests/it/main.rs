//! The pages through their real router. The gateway is an address where nobody listens: what needs it must say so.
//! Stories with all services are in the crate `e2e`.

#[cfg(test)]
mod browser;
mod down;
mod files;
mod forms;
#[cfg(test)]
mod gateway;
mod office;
mod plans;
#[cfg(test)]
mod registration;
mod sessions;
