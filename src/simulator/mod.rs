//! Registries on loopback: for `supercargo demo`, for tests, for benchmarks.
//!
//! A [`Simulator`] serves [`Content`] over HTTP as a [`Behaviour`] says, with faults
//! where they are wished for, and remembers what it was asked. It listens on 127.0.0.1
//! only, on a port of the system's choice. It must not know how anything of ours asks.

mod answer;
mod asked;
mod behaviour;
mod content;
pub mod demo;
mod document;
mod facts;
mod fault;
mod generate;
mod list;
mod manifest;
mod product;
mod quota;
mod random;
mod record;
mod registry;
mod reveal;
mod route;
mod server;
mod storage;
mod token;

pub use asked::Origin;
pub use behaviour::{Auth, Behaviour, Cap, LinkStyle, Marks, Order, Paging, TagPaging};
pub use content::{Content, Expected, Move, Shelf};
pub use facts::{Facts, Scan};
pub use fault::{Fault, On, What, When};
pub use generate::Shape;
pub use hyper::Method;
pub use manifest::{ArtifactSpec, ImageSpec, IndexSpec};
pub use product::{Acr, ArtifactRegistry, Gitea, GoogleAccount};
pub use product::{
    Artifactory, ArtifactoryAql, ArtifactoryCatalogue, ArtifactoryCursor, ArtifactoryKey,
    ArtifactoryKind, ArtifactoryView, DockerHub, Gitflic, GitflicCatalogue, Gitlab, GitlabProject,
    GitlabToken, GitlabTokenKind, Harbor, Nexus, NexusKind, NexusRepository, NexusVersion,
    NexusView, Product, Project, Proxy, Quay, QuayToken, User, Zot,
};
pub use product::{Ecr, EcrKey};
pub use quota::Quota;
pub use record::{Authorization, Load, Recorded};
pub use route::RouteKind;
pub use server::Simulator;
