//! A small registry: three repositories, and what is to go wrong in them.

use supercargo::simulator::{
    Behaviour, Content, Fault, ImageSpec, On, RouteKind, Simulator, What, When,
};

/// Three repositories that have an image of their own under each of these tags.
pub(crate) fn three_repositories(tags: &[&str]) -> Content {
    let content = Content::empty();
    for (seed, repository) in ["base/alpine", "team/api", "team/web"].iter().enumerate() {
        for (number, tag) in tags.iter().enumerate() {
            let seed = (seed * 10 + number) as u64;
            let digest = content.put_image(repository, &ImageSpec::new("linux/amd64", seed));
            content.tag(repository, tag, &digest);
        }
    }
    content
}

/// Serves it with these faults.
pub(crate) async fn serve(content: &Content, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content.clone(), behaviour).await.unwrap()
}

/// A tag whose manifest is refused so often.
pub(crate) fn refused(repository: &str, tag: &str, times: usize) -> Fault {
    Fault {
        on: On {
            route: Some(RouteKind::Manifest),
            repository: Some(repository.into()),
            reference: Some(tag.into()),
            ..On::default()
        },
        when: When::First(times),
        what: What::Status {
            code: 403,
            retry_after: None,
        },
    }
}
