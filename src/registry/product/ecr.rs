//! Amazon ECR, private and public.

use super::{LINKED, Marks, Paged, UNKNOWN, is_below};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| {
        let regional = [".amazonaws.com", ".amazonaws.com.cn"]
            .iter()
            .any(|domain| host.ends_with(domain));
        regional && host.contains(".dkr.ecr") || is_below(host, "public.ecr.aws")
    },
    challenge: |challenge| challenge.service.is("ecr.amazonaws.com"),
    no_deletion: Some("Amazon ECR deletes by its own API (`BatchDeleteImage`) only"),
    catalogue: Paged {
        opaque_cursor: true,
        ..UNKNOWN
    },
    tags: Paged {
        opaque_cursor: true,
        ..LINKED
    },
    ..Marks::new("Amazon ECR", Some(Product::Ecr))
};
