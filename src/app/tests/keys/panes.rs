//! The three panes.

pub(super) const TABLE: &str = r#"
registries add | panes | over form; in form; at -; own Setting("name")
registries demo | nothing | Demo
registries edit | panes jjj | over form; in form; at -; own Setting("name")
registries duplicate | panes jjj | over form; in form; at -; own Setting("name")
registries remove | panes jjj | over confirm; in confirm; at -; own Remove nexus-prod?
registries mark | panes jjj | at quay; own row 4 marked 1 filter ``
registries mark-range | panes <space>jj | own row 3 marked 4 filter ``
registries mark-all | panes | own row 0 marked 6 filter ``
registries diff | panes jjj<space> | over drift; in drift; at quay library/alpine 3e23e8160039 3.20; own row 0 nexus-prod quay
browse grow | panes jjj | widths registries +4
browse shrink | panes jjj> | widths -
browse open | panes jjj | in repositories; at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Name, descending: false
browse filter | panes | in filter
browse crawl | panes jjj | crawls 1
browse pause | crawling jjj | says the crawl of `nexus-prod` is paused; p goes on with it; pauses 1 true
browse cancel | crawling jjj | cancels 1
browse check | panes jjj | over check; in check; at -; own line 0 running true; checks Some(1)
browse failures | panes j | over failures; in failures; at harbor team/secret; own row 0 marked 0 filter ``
browse retry | panes j | says reading again what failed in `harbor`; retries 2
browse history | panes jjj | page Changes; in changes; at nexus-prod team/api 6ca20016b9c8; own row 0 of all that is kept filter ``
browse wider | panes jjjl | says repositories of all registries
browse narrower | panes jjjlw | says repositories of the selected registry
browse left | panes jjjl | in registries; at nexus-prod; own row 3 marked 0 filter ``
browse right | panes jjj | in repositories; at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Name, descending: false
browse next-pane | panes jjj | in repositories; at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Name, descending: false
browse previous-pane | panes jjj | in images; at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Tag, descending: true
browse back | panes /nexus<enter> | own row 3 marked 0 filter ``
browse usage | panes jjj | over usage; in usage; at nexus-prod team/legacy; own row 0
browse zoom | panes jjj | zoomed true
repositories tree | panes jjjl | own row 1 marked 0 filter `` Name, descending: false; says repositories as a tree
repositories order-by-name | panes jjjlj | at nexus-prod team/waiting; own row 0 marked 0 filter `` Name, descending: true; says ordered by name, descending
repositories order-by-tag | panes jjjlj | at nexus-prod team/broken; own row 0 marked 0 filter `` Tags, descending: false; says ordered by tags, ascending
repositories order-by-images | panes jjjlj | at nexus-prod team/broken; own row 0 marked 0 filter `` Images, descending: false; says ordered by images, ascending
repositories order-by-size | panes jjjlj | at nexus-prod team/moved; own row 0 marked 0 filter `` Size, descending: false; says ordered by size, ascending
repositories order-by-built | panes jjjlj | at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Newest, descending: false; says ordered by newest image, ascending
repositories order-by-platforms | panes jjjlj | at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Platforms, descending: false; says ordered by platforms, ascending
repositories order-by-change | panes jjjlj | at nexus-prod charts/ingress-nginx; own row 0 marked 0 filter `` Change, descending: false; says ordered by change, ascending
repositories order-by-state | panes jjjlj | at nexus-prod team/broken; own row 0 marked 0 filter `` State, descending: false; says ordered by state, ascending
repositories mark | panes jjjl | at nexus-prod group/subgroup/another-subgroup/project/service-frontend; own row 1 marked 1 filter `` Name, descending: false
repositories mark-range | panes jjjl<space>jj | own row 3 marked 4 filter `` Name, descending: false
repositories mark-all | panes jjjl | own row 0 marked 9 filter `` Name, descending: false
repositories delete | panes jjjl/team/api<enter> | decides delete of 9a124f6f3003, delete of fc20ecdb0639, delete of 01f07a1cc186, delete of 33ed672664f8
repositories keep | panes jjjl/team/api<enter> | decides keep of 9a124f6f3003, keep of 4a05ffd995b0, keep of fc20ecdb0639, keep of 01f07a1cc186, keep of 82ec1953414d, keep of 03047b8fe08c, keep of 33ed672664f8
repositories look-again | panes jjjl/team/api<enter> | decides look of 4a05ffd995b0, look of fc20ecdb0639, look of 01f07a1cc186, look of 82ec1953414d, look of 03047b8fe08c, look of 33ed672664f8
repositories note | panes jjjl/team/api<enter> | over line; in line; at -; own Note ``
images diff | panes jjjl/team/api<enter>lgg<space><space> | over diff; in diff; at -; own From 1.10.2 (82ec1953414d) to windows-2022 (03047b8fe08c); inspects it; inspects it
images order-by-name | panes jjjl/team/api<enter>lwww | at nexus-prod team/api 82ec1953414d; own row 0 marked 0 filter `` Repository, descending: false; says ordered by repository, ascending
images order-by-tag | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Tag, descending: false; says ordered by tag, ascending
images order-by-digest | panes jjjl/team/api<enter>lj | at nexus-prod team/api 01f07a1cc186; own row 0 marked 0 filter `` Digest, descending: false; says ordered by digest, ascending
images order-by-platforms | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Platforms, descending: false; says ordered by platforms, ascending
images order-by-kind | panes jjjl/team/api<enter>lj | at nexus-prod team/api 4a05ffd995b0; own row 0 marked 0 filter `` Kind, descending: false; says ordered by kind, ascending
images order-by-size | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Size, descending: false; says ordered by size, ascending
images order-by-built | panes jjjl/team/api<enter>lj | at nexus-prod team/api 4a05ffd995b0; own row 0 marked 0 filter `` Created, descending: false; says ordered by built, ascending
images order-by-pushed | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Pushed, descending: false; says ordered by pushed, ascending
images order-by-pulled | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Pulled, descending: false; says ordered by pulled, ascending
images order-by-first-seen | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Seen, descending: false; says ordered by first seen, ascending
images order-by-change | panes jjjl/team/api<enter>lj | at nexus-prod team/api 9a124f6f3003; own row 0 marked 0 filter `` Change, descending: false; says ordered by change, ascending
images order-by-decision | panes jjjl/team/api<enter>lj | at nexus-prod team/api 01f07a1cc186; own row 0 marked 0 filter `` Decision, descending: false; says ordered by decision, ascending
images copy-reference | panes jjjl/team/api<enter>l | copies nexus.example:8443/team/api@sha256:03047b8fe08c45c7c40defd51221e882d133c58a60740638d8ba783e65ceb5c0
images copy-tag | panes jjjl/team/api<enter>l | copies nexus.example:8443/team/api:windows-2022
images copy-digest | panes jjjl/team/api<enter>l | copies sha256:03047b8fe08c45c7c40defd51221e882d133c58a60740638d8ba783e65ceb5c0
images copy-pull | panes jjjl/team/api<enter>l | copies docker pull nexus.example:8443/team/api@sha256:03047b8fe08c45c7c40defd51221e882d133c58a60740638d8ba783e65ceb5c0
images mark | panes jjjl/team/api<enter>l | at nexus-prod team/api 82ec1953414d; own row 1 marked 1 filter `` Tag, descending: true
images mark-range | panes jjjl/team/api<enter>l<space>jj | own row 3 marked 4 filter `` Tag, descending: true
images mark-all | panes jjjl/team/api<enter>l | own row 0 marked 7 filter `` Tag, descending: true
images delete | panes jjjl/team/api<enter>l/1.9.2<enter> | decides delete of fc20ecdb0639
images keep | panes jjjl/team/api<enter>l/1.9.2<enter> | decides keep of fc20ecdb0639
images look-again | panes jjjl/team/api<enter>l/1.9.2<enter> | decides look of fc20ecdb0639
images note | panes jjjl/team/api<enter>l | over line; in line; at -; own Note ``
move down | many | at nexus-prod team/api 51525844d3da; own row 101 marked 0 filter `` Tag, descending: true
move up | many | at nexus-prod team/api a77802d83051; own row 99 marked 0 filter `` Tag, descending: true
move half-page-down | many | at nexus-prod team/api 19d9f3bd9322; own row 117 marked 0 filter `` Tag, descending: true
move half-page-up | many | at nexus-prod team/api 305b0569ad0b; own row 83 marked 0 filter `` Tag, descending: true
move page-down | many | at nexus-prod team/api b202c25d3ead; own row 134 marked 0 filter `` Tag, descending: true
move page-up | many | at nexus-prod team/api d56a74471e3e; own row 66 marked 0 filter `` Tag, descending: true
move top | many | at nexus-prod team/api e731f334a4bb; own row 0 marked 0 filter `` Tag, descending: true
move bottom | many | at nexus-prod team/api df3f619804a9; own row 299 marked 0 filter `` Tag, descending: true
"#;
