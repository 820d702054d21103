use super::*;

const RULES: Rules = Rules {
    admin: false,
    knows_in: false,
    tells_stats: true,
    sorts: true,
    limit_counts_properties: false,
    hard_limit: 500_000,
};

fn item(path: &str, name: &str, size: u64) -> Item {
    Item {
        repo: "docker-local".into(),
        path: path.into(),
        name: name.into(),
        size,
        created: "2026-08-01T10:00:00.000Z".into(),
        modified: "2026-08-02T10:00:00.000Z".into(),
        sha256: "00".into(),
        properties: vec![
            ("docker.manifest".into(), "1.0".into()),
            ("docker.repoName".into(), "team/app".into()),
        ],
        downloads: 3,
        downloaded: "2026-09-01T10:00:00.000Z".into(),
    }
}

fn items() -> Vec<Item> {
    vec![
        item("team/app/1.0", "manifest.json", 100),
        item("team/app/1.0", "sha256__ab", 9),
        item("team/app/2.0", "list.manifest.json", 300),
        item("other/1.0", "manifest.json", 200),
    ]
}

fn paths(query: &str, rules: &Rules) -> Result<Vec<String>, String> {
    let answer = Query::parse(query, rules)?.run(&items(), rules);
    let results = answer["results"].as_array().unwrap();
    let path = |found: &Value| found["path"].as_str().unwrap_or("-").to_owned();
    Ok(results.iter().map(path).collect())
}

#[test]
fn what_matches_is_found() {
    for (criteria, wanted) in [
        (r#"{"name":"manifest.json"}"#, "team/app/1.0 other/1.0"),
        (
            r#"{"name":{"$eq":"manifest.json"},"path":{"$match":"team/*"}}"#,
            "team/app/1.0",
        ),
        (
            r#"{"repo":"docker-local","$or":[{"name":"manifest.json"},{"name":"list.manifest.json"}]}"#,
            "team/app/1.0 team/app/2.0 other/1.0",
        ),
        (r#"{"size":{"$gt":"100"}}"#, "team/app/2.0 other/1.0"),
        (r#"{"name":{"$nmatch":"*manifest.json"}}"#, "team/app/1.0"),
        (
            r#"{"@docker.manifest":"1.0","name":"list.manifest.json"}"#,
            "team/app/2.0",
        ),
        (r#"{"repo":"other)("}"#, ""),
        (
            r#"{"name":"manifest.json"}, {"path":"other/1.0"}"#,
            "other/1.0",
        ),
        ("", "team/app/1.0 team/app/1.0 team/app/2.0 other/1.0"),
    ] {
        let query = format!("items.find({criteria})");
        assert_eq!(
            paths(&query, &RULES).unwrap().join(" "),
            wanted,
            "{criteria}"
        );
    }
}

#[test]
fn what_the_server_does_not_know_is_refused() {
    for query in [
        "items.find({\"nme\":\"x\"})",
        "items.find({\"name\":{\"$like\":\"x\"}})",
        "items.find({\"name\":{\"$in\":[\"manifest.json\"]}})",
        "items.find({\"name\":\"x\"}).include(\"repo\",\"colour\")",
        "items.find({\"name\":\"x\"",
        "items.find({}).first(3)",
        "builds.find({})",
        "items.find({}) please",
    ] {
        let refusal = Query::parse(query, &RULES).unwrap_err();
        assert!(refusal.starts_with("Failed to parse query: "), "{refusal}");
    }
    let knows = Rules {
        knows_in: true,
        ..RULES
    };
    let query = "items.find({\"name\":{\"$in\":[\"manifest.json\",\"list.manifest.json\"]}})";
    assert_eq!(paths(query, &knows).unwrap().len(), 3);
}

#[test]
fn only_an_administrator_may_leave_out_where_an_item_is() {
    let query = "items.find({\"size\":300}).include(\"path\",\"sha256\")";
    assert!(
        paths(query, &RULES)
            .unwrap_err()
            .contains("repo, path and name")
    );
    let admin = Rules {
        admin: true,
        ..RULES
    };
    assert_eq!(paths(query, &admin).unwrap(), ["team/app/2.0"]);
    let sorted = "items.find({}).include(\"repo\",\"path\",\"name\").sort({\"$asc\":[\"size\"]})";
    assert!(
        paths(sorted, &RULES)
            .unwrap_err()
            .contains("in the sort section")
    );
    let oss = Rules {
        sorts: false,
        ..RULES
    };
    let sorted = "items.find({}).sort({\"$desc\":[\"size\"]}).limit(1)";
    assert_eq!(paths(sorted, &RULES).unwrap(), ["team/app/2.0"]);
    assert!(paths(sorted, &oss).unwrap_err().contains("open source"));
}

#[test]
fn an_answer_has_a_range_and_says_where_it_was_trimmed() {
    let run = |query: &str, rules: &Rules| Query::parse(query, rules).unwrap().run(&items(), rules);
    let page = run("items.find({}).offset(1).limit(2)", &RULES);
    let wanted = json!({ "start_pos": 1, "end_pos": 3, "total": 2, "limit": 2 });
    assert_eq!(page["range"], wanted);
    let short = Rules {
        hard_limit: 3,
        ..RULES
    };
    let all = run("items.find({})", &short);
    assert_eq!(all["range"]["total"], 3);
    assert!(
        all["range"]["notification"]
            .as_str()
            .unwrap()
            .contains("trimmed")
    );
    assert_eq!(
        run("items.find({}).limit(3)", &short)["range"]["notification"],
        Value::Null
    );
    let behind = run("items.find({}).offset(9)", &RULES);
    assert_eq!(behind["results"], json!([]));
}

#[test]
fn a_limit_may_count_properties() {
    let query = "items.find({}).include(\"repo\",\"path\",\"name\",\"property.key\",\"property.value\").limit(3)";
    let whole = Query::parse(query, &RULES).unwrap().run(&items(), &RULES);
    assert_eq!(whole["results"].as_array().unwrap().len(), 3);
    let rows = Rules {
        limit_counts_properties: true,
        ..RULES
    };
    let cut = Query::parse(query, &rows).unwrap().run(&items(), &rows);
    let results = cut["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(
        results[1]["properties"],
        json!([{ "key": "docker.manifest", "value": "1.0" }])
    );
    let named = "items.find({}).include(\"repo\",\"path\",\"name\",\"@docker.repoName\")";
    let named = Query::parse(named, &RULES).unwrap().run(&items(), &RULES);
    assert_eq!(
        named["results"][0]["properties"],
        json!([{ "key": "docker.repoName", "value": "team/app" }])
    );
}

#[test]
fn downloads_are_told_where_they_are_asked_for() {
    let query = r#"items.find({"size":300}).include("repo","path","name","stat.downloads","stat.downloaded")"#;
    let told = Query::parse(query, &RULES).unwrap().run(&items(), &RULES);
    let wanted = json!([{ "downloads": 3, "downloaded": "2026-09-01T10:00:00.000Z" }]);
    assert_eq!(told["results"][0]["stats"], wanted);
    let silent = Rules {
        tells_stats: false,
        ..RULES
    };
    assert!(Query::parse(query, &silent).is_err());
    assert!(paths("items.find()", &silent).is_ok());
}
