//! A tag that moves on a real registry: crawled from the screen, seen among the changes,
//! followed to its image, whose tag's history tells where it was.

use supercargo::model::Digest;
use supercargo::simulator::{Content, ImageSpec};

use super::{ENTER, ESCAPE, open};
use crate::support::distribution::{Access, Distribution};
use crate::support::program::Program;
use crate::support::push::push;

/// Pushes an image under a tag, as a build does.
async fn push_as(registry: &Distribution, content: &Content, tag: &str, seed: u64) -> Digest {
    let digest = content.put_image("team/api", &ImageSpec::new("linux/amd64", seed));
    content.tag("team/api", tag, &digest);
    let pushed = push(&registry.address, None, content).await;
    assert_eq!(pushed, Ok(()), "{}", registry.log());
    digest
}

async fn a_tag_that_moves_on_a_real_registry_is_followed(columns: u16, rows: u16) {
    let Some(registry) = Distribution::start(Access::Open).await else {
        return;
    };
    let content = Content::empty();
    push_as(&registry, &content, "1.0", 1).await;
    let old = push_as(&registry, &content, "latest", 2).await;
    let program = Program::new();
    program.done(&["registry", "add", "hub", &registry.address]);
    let mut terminal = tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_for("2 images");
        terminal.keys("3");
        terminal.wait_for("+ repository");
        terminal
    });
    let new = push_as(&registry, &content, "latest", 3).await;
    tokio::task::block_in_place(|| {
        terminal.keys("1");
        terminal.wait_for("2 images");
        terminal.keys("c");
        terminal.keys("3");
        let from = old.short();
        let both = [&old, &new].map(|digest| digest.short()[..8].to_owned());
        terminal.wait_until("from where to where it moved", |screen| {
            let mut lines = screen.lines().filter(|line| line.contains('→'));
            lines.any(|line| {
                line.contains("latest") && both.iter().all(|digest| line.contains(digest))
            })
        });
        terminal.keys("/moved");
        terminal.wait_gone("+ repository");
        terminal.keys(ENTER);
        terminal.keys(ENTER);
        terminal.wait_until("its image", |screen| {
            screen.contains("PLATFORMS") && screen.contains(&new.short())
        });
        terminal.keys(ENTER);
        terminal.wait_for("‹overview›");
        terminal.keys("[");
        terminal.wait_until("the tag's history", |screen| {
            screen.contains("‹tag-history›")
                && screen.contains(&format!("latest moved from {from} to this image"))
        });
        terminal.keys(ESCAPE);
        terminal.wait_gone("‹tag-history›");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
    // The same by the command for scripts.
    let changes = program.done(&["changes", "--format", "ndjson"]).lines();
    let moved = changes.iter().find(|change| change["change"] == "moved");
    let moved = moved.unwrap();
    assert_eq!(
        (&moved["tag"], &moved["from"], &moved["digest"]),
        (
            &"latest".into(),
            &old.to_string().into(),
            &new.to_string().into()
        )
    );
}

journey!(async a_tag_that_moves_on_a_real_registry_is_followed);
