//! Keys that can do nothing where they are pressed: they say why, and nothing else happens.

pub(super) const TABLE: &str = r"
registries demo | panes | `supercargo demo` shows the demonstration, beside these registries
registries diff | panes jjj | mark a registry (space) and select the one to compare it with
browse open | nothing | there is no registry yet; a adds one
browse filter | nothing | there is nothing here to filter
browse crawl | crawling jjj | `nexus-prod` is being crawled; x cancels
browse pause | panes jjj | `nexus-prod` is not being crawled
browse cancel | panes jjj | `nexus-prod` is not being crawled
browse retry | panes jjj | nothing failed in the last crawl of `nexus-prod`; c crawls all of it again
browse failures | panes jjj | the last crawl of `nexus-prod` had no failures
browse narrower | panes jjjl | only the selected registry's repositories are shown
browse left | panes jjj | there is no pane further on
browse back | panes | there is nothing to go back from; q quits
images order-by-name | panes jjjl/team/api<enter>l | these images are all of one repository
search-line open | panes szzz | no hit is selected
changes filter | nothing 3 | there is nothing here to filter
changes next-tab | panes 3 | all crawls are shown
changes back | panes 3 | nothing narrows this page
crawls open | panes 4 | this crawl had no failures
crawls left | panes 4 | the crawls are what is selected
plan back | panes 5 | nothing narrows this page; 1 goes to the registries
plan save | nothing 5 | nothing is decided here
pages go-back | nothing | there is nowhere to go back to
pages go-to-repository | panes | no repository is selected
pages undo | panes | there is no decision to undo
requests copy-reference | panes @ | no request is selected
detail next-platform | panes jjjl/team/api<enter>l/1.9.2<enter><enter> | this image is of one platform
detail copy-manifest | panes jjjl/team/api<enter>l/1.9.2<enter><enter> | the manifest is not read yet; its tab reads it
failures next-match | panes jf | there is no filter; / types one
overlay help | panes ? | these are the keys
form next-field | panes jjje<c-s> | it is being saved
form check | panes jjje<c-s> | it is being saved
";
