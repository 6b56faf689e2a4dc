//! The event feed: how other services learn what this one knows (docs/ARCHITECTURE.md, "Events").
//!
//! On the owner's side [`FeedServer`] numbers committed outbox rows densely and streams them. On the other side either
//! [`consume`] applies them to tables of the consumer's own database, exactly once in effect, or [`follow`] keeps what they say
//! in memory.

#[cfg(feature = "db")]
mod apply;
#[cfg(feature = "db")]
mod consume;
mod follow;
#[cfg(feature = "db")]
mod head;
#[cfg(feature = "db")]
mod lease;
mod link;
#[cfg(feature = "db")]
mod read;
#[cfg(feature = "db")]
mod server;
#[cfg(feature = "db")]
mod snapshot;
#[cfg(feature = "db")]
mod stream;

#[cfg(feature = "db")]
pub use consume::{ApplyError, Consumer, ConsumerConfig, ConsumerState, Projection, consume};
pub use follow::{Follow, FollowConfig, FollowState, Follower, follow};
#[cfg(feature = "db")]
pub(crate) use head::ensure_head;
#[cfg(feature = "db")]
pub use head::{Head, new_epoch};
pub use link::FeedChannel;
pub use proto::feed::v1::Event;
#[cfg(feature = "db")]
pub use server::{FeedConfig, FeedServer};
#[cfg(feature = "db")]
pub use snapshot::{PageFuture, SnapshotRow, SnapshotSource};

/// Events of one batch at most.
pub const BATCH_ROWS: i64 = 500;

/// Payload bytes of one batch at most, unless a single event is larger.
pub const BATCH_BYTES: i64 = 512 * 1024;
