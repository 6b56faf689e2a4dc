//! The contracts between the services, as generated from `siakad/**/*.proto` by `cargo xtask gen`.
//!
//! The generated files are committed, so building needs no protoc; a test regenerates and compares them.
#![expect(missing_docs, reason = "generated service modules carry no doc comment of their own")]
#![expect(clippy::all, clippy::allow_attributes, clippy::allow_attributes_without_reason, reason = "generated code")]

/// Paging, refusals, bulk import: shared by every contract.
pub mod common {
    pub mod v1 {
        include!("gen/siakad.common.v1.rs");
    }
}

/// The event feed.
pub mod feed {
    pub mod v1 {
        include!("gen/siakad.feed.v1.rs");
    }
}

/// auth-svc.
pub mod auth {
    pub mod v1 {
        include!("gen/siakad.auth.v1.rs");
    }
}

/// student-svc.
pub mod student {
    pub mod v1 {
        include!("gen/siakad.student.v1.rs");
    }
}

/// course-svc.
pub mod course {
    pub mod v1 {
        include!("gen/siakad.course.v1.rs");
    }
}

/// Encoded `FileDescriptorSet` of every contract: the golden copy that breaking changes are compared with.
pub const DESCRIPTOR: &[u8] = include_bytes!("../golden/descriptor.bin");

/// grade-svc.
pub mod grade {
    pub mod v1 {
        include!("gen/siakad.grade.v1.rs");
    }
}
