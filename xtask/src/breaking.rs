//! Which changes of a contract would break a peer that was built from the golden one.

use std::collections::BTreeMap;

use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// Every breaking change from `golden` to `fresh`, one sentence each, in a stable order.
///
/// Breaking are: a message, field, enum value, service or method that is gone; a field with another number, type,
/// label or oneof; an enum value with another number; a method with other types, streaming or idempotency.
pub(crate) fn changes(golden: &FileDescriptorSet, fresh: &FileDescriptorSet) -> Vec<String> {
    let (old, new) = (flatten(golden), flatten(fresh));
    old.iter()
        .filter_map(|(name, was)| match new.get(name) {
            None => Some(format!("{name} is gone")),
            Some(is) if is != was => Some(format!("{name} was `{was}` and is `{is}`")),
            Some(_) => None,
        })
        .collect()
}

/// Everything that a peer relies on, by its full name.
fn flatten(set: &FileDescriptorSet) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for file in &set.file {
        let package = file.package();
        for message in &file.message_type {
            flatten_message(package, message, &mut facts);
        }
        for found in &file.enum_type {
            flatten_enum(package, found, &mut facts);
        }
        for service in &file.service {
            let name = format!("{package}.{}", service.name());
            for method in &service.method {
                let idempotency = method.options.as_ref().map(|options| options.idempotency_level().as_str_name());
                let fact = format!(
                    "({}{}) -> {}{} {}",
                    if method.client_streaming() { "stream " } else { "" },
                    method.input_type(),
                    if method.server_streaming() { "stream " } else { "" },
                    method.output_type(),
                    idempotency.unwrap_or("IDEMPOTENCY_UNKNOWN"),
                );
                facts.insert(format!("{name}/{}", method.name()), fact);
            }
            facts.insert(name, "service".into());
        }
    }
    facts
}

fn flatten_message(scope: &str, message: &DescriptorProto, facts: &mut BTreeMap<String, String>) {
    let name = format!("{scope}.{}", message.name());
    for field in &message.field {
        facts.insert(format!("{name}.{}", field.name()), describe(message, field));
    }
    for nested in &message.nested_type {
        flatten_message(&name, nested, facts);
    }
    for found in &message.enum_type {
        flatten_enum(&name, found, facts);
    }
    facts.insert(name, "message".into());
}

fn flatten_enum(scope: &str, found: &EnumDescriptorProto, facts: &mut BTreeMap<String, String>) {
    let name = format!("{scope}.{}", found.name());
    for value in &found.value {
        facts.insert(format!("{name}.{}", value.name()), value.number().to_string());
    }
    facts.insert(name, "enum".into());
}

fn describe(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let oneof = match field.oneof_index {
        Some(index) if !field.proto3_optional() => {
            usize::try_from(index).ok().and_then(|index| message.oneof_decl.get(index)).map_or("", |found| found.name())
        }
        _ => "",
    };
    format!(
        "{} = {} {} {} {oneof}",
        field.json_name(),
        field.number(),
        field.r#type().as_str_name(),
        field.label().as_str_name()
    ) + field.type_name()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    fn golden() -> FileDescriptorSet {
        FileDescriptorSet::decode(include_bytes!("../../proto/golden/descriptor.bin").as_slice()).unwrap()
    }

    fn check(change: impl Fn(&mut FileDescriptorSet), expected: &str) {
        let mut fresh = golden();
        change(&mut fresh);
        let found = changes(&golden(), &fresh);
        assert!(found.iter().any(|sentence| sentence.contains(expected)), "expected `{expected}` in {found:?}");
    }

    fn message<'a>(set: &'a mut FileDescriptorSet, name: &str) -> &'a mut DescriptorProto {
        set.file.iter_mut().flat_map(|file| &mut file.message_type).find(|message| message.name() == name).unwrap()
    }

    #[test]
    fn the_golden_contract_does_not_break_itself() {
        assert_eq!(changes(&golden(), &golden()), Vec::<String>::new());
    }

    #[test]
    fn an_added_field_breaks_nobody() {
        let mut fresh = golden();
        let added = FieldDescriptorProto { name: Some("extra".into()), number: Some(99), ..Default::default() };
        message(&mut fresh, "Faculty").field.push(added);
        assert_eq!(changes(&golden(), &fresh), Vec::<String>::new());
    }

    #[test]
    fn what_breaks_a_peer_is_named() {
        check(|set| drop(message(set, "Faculty").field.remove(1)), "Faculty.code is gone");
        check(|set| message(set, "Faculty").field[1].number = Some(7), "siakad.student.v1.Faculty.code was");
        check(
            |set| message(set, "Faculty").field[1].set_type(prost_types::field_descriptor_proto::Type::Bytes),
            "TYPE_BYTES",
        );
        check(|set| message(set, "Faculty").name = Some("Fakultas".into()), "siakad.student.v1.Faculty is gone");
        check(|set| set.file.iter_mut().for_each(|file| file.service.clear()), "siakad.course.v1.Krs/AddClass is gone");
        check(
            |set| {
                set.file
                    .iter_mut()
                    .flat_map(|file| &mut file.service)
                    .flat_map(|service| &mut service.method)
                    .for_each(|method| method.server_streaming = Some(true));
            },
            "siakad.course.v1.Krs/AddClass was",
        );
        check(
            |set| {
                set.file
                    .iter_mut()
                    .flat_map(|file| &mut file.enum_type)
                    .flat_map(|found| &mut found.value)
                    .for_each(|value| value.number = Some(value.number() + 1));
            },
            "RoleKind.ROLE_KIND_STUDENT was `1` and is `2`",
        );
    }
}
