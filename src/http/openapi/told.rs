//! Schemas of what is answered: there a member that is not known is missing, and never `null`.

use utoipa::openapi::schema::{ArrayItems, SchemaType};
use utoipa::openapi::{RefOr, Schema, Type};

/// The schema without `null`.
pub(super) fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(schema) = schema else { return schema };
    match schema {
        Schema::Object(mut object) => {
            object.schema_type = without_null_type(object.schema_type);
            let members = std::mem::take(&mut object.properties);
            object.properties =
                members.into_iter().map(|(name, member)| (name, without_null(member))).collect();
            Schema::Object(object).into()
        }
        Schema::Array(mut array) => {
            array.schema_type = without_null_type(array.schema_type);
            if let ArrayItems::RefOrSchema(items) = array.items {
                array.items = ArrayItems::RefOrSchema(Box::new(without_null(*items)));
            }
            Schema::Array(array).into()
        }
        Schema::AllOf(mut all) => {
            all.items = all.items.into_iter().map(without_null).collect();
            Schema::AllOf(all).into()
        }
        Schema::OneOf(mut one) => {
            one.items.retain(|item| !is_null(item));
            match (one.items.len(), one.items.pop()) {
                (1, Some(only)) => only,
                (_, last) => {
                    one.items.extend(last);
                    Schema::OneOf(one).into()
                }
            }
        }
        other => other.into(),
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object))
        if matches!(object.schema_type, SchemaType::Type(Type::Null)))
}

fn without_null_type(kind: SchemaType) -> SchemaType {
    let SchemaType::Array(mut kinds) = kind else { return kind };
    kinds.retain(|kind| *kind != Type::Null);
    match (kinds.len(), kinds.pop()) {
        (1, Some(only)) => SchemaType::Type(only),
        (_, last) => {
            kinds.extend(last);
            SchemaType::Array(kinds)
        }
    }
}
