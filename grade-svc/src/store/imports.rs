//! Tables `import`, `import_row` and `import_gate`: rows of a bulk import until they are judged together and applied.

chassis::staging!();
