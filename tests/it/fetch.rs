//! `schema update` against a server on this machine that sends what servers and archives in the wild may send.

use crate::cli::folder;
use serde_json::{Value, json};
use std::io::{Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use zip::write::SimpleFileOptions;

/// Runs the program with its cache in a folder: exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stacklens"));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    let done =
        command.current_dir(folder).env("XDG_CACHE_HOME", folder.join("cache")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap_or(-1), text(done.stdout), text(done.stderr))
}

/// A server that answers each request with what the function writes; its address.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            answer(request.split(' ').nth(1).unwrap_or_default(), &mut stream);
        }
    });
    address
}

/// Writes an answer; that the program hangs up on what is too much is no failure of the server.
fn send(stream: &mut TcpStream, headers: &str, body: &[u8]) {
    let _ = write!(stream, "HTTP/1.1 {headers}\r\nConnection: close\r\n\r\n").and_then(|()| stream.write_all(body));
}

fn serve(body: Vec<u8>) -> String {
    server(move |_, stream| {
        let date = "Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT";
        send(stream, &format!("200 OK\r\nContent-Length: {}\r\n{date}", body.len()), &body);
    })
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn fresh() -> Value {
    json!({
        "typeName": "AWS::Fresh::Thing",
        "additionalProperties": false,
        "required": ["Name"],
        "properties": {"Name": {"type": "string", "description": "left out"}, "Arn": {"type": "string"}},
        "readOnlyProperties": ["/properties/Arn"],
        "primaryIdentifier": ["/properties/Name"],
        "handlers": {"create": {"permissions": ["fresh:Create"]}},
    })
}

/// What the registry might say about queues next year: stricter, and with something more.
fn queue() -> Value {
    json!({
        "typeName": "AWS::SQS::Queue",
        "additionalProperties": false,
        "required": ["QueueName"],
        "properties": {
            "QueueName": {"type": "string", "maxLength": 3},
            "Arn": {"type": "string"},
            "Colour": {"type": "string", "enum": ["RED", "BLUE"]},
        },
        "readOnlyProperties": ["/properties/Arn"],
    })
}

fn good() -> Vec<u8> {
    let (fresh, queue) = (fresh().to_string(), queue().to_string());
    zip(&[("aws-fresh-thing.json", fresh.as_bytes()), ("aws-sqs-queue.json", queue.as_bytes()), ("README", b"hello")])
}

const TEMPLATE: &str = "\
Resources:
  Thing: {Type: AWS::Fresh::Thing, Properties: {Name: a}}
  Queue: {Type: AWS::SQS::Queue, Properties: {Colour: RED, DelaySeconds: 5}}
Outputs:
  Arn: {Value: !GetAtt Thing.Arn}
";

fn update(folder: &Path, url: &str) -> (i32, String, String) {
    run(folder, &["schema", "update", "--url", url])
}

/// That nothing was taken, and why.
fn refused(name: &str, url: &str, why: &str) {
    let folder = folder(name);
    let (code, out, err) = update(&folder, url);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains(why), "{err}");
    assert!(err.contains("stay as they are"), "{err}");
    assert!(!folder.join("cache").exists());
}

#[test]
fn newer_facts_are_used_from_then_on() {
    let folder = folder("fetch-good");
    std::fs::write(folder.join("t.yaml"), TEMPLATE).unwrap();
    let check = |more: &[&str]| run(&folder, &[&["check", "-f", "short", "t.yaml"], more].concat());
    let (code, out, _) = check(&[]);
    assert!(code == 1 && out.contains("E3006") && out.contains("Colour"), "{out}");
    let url = serve(good());
    let (code, out, err) = update(&folder, &url);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("2 schemas; new: 1 resource type, 1 property"), "{out}");
    assert!(out.contains("sha256 ") && out.contains("AWS::Fresh::Thing"), "{out}");
    // What was allowed still is, although the newer schema of queues is stricter.
    let (code, out, err) = check(&["-v"]);
    assert_eq!((code, out.lines().filter(|line| line.contains("error")).count()), (0, 0), "{out}");
    assert!(err.contains(&format!("using newer facts about resource types of 2026-11-20 from {url}")), "{err}");
    let (code, out, _) = check(&["--facts", "embedded"]);
    assert!(code == 1 && out.contains("E3006"), "{out}");
    let (_, out, _) = run(&folder, &["schema", "show", "AWS::Fresh::Thing"]);
    assert!(out.contains("newer than the program, of 2026-11-20") && out.contains("required"), "{out}");
    let (_, out, _) = run(&folder, &["schema", "list", "AWS::F"]);
    assert!(out.lines().is_sorted() && out.lines().any(|line| line == "AWS::Fresh::Thing"), "{out}");
    let (_, out, _) = run(&folder, &["schema", "info"]);
    assert!(out.contains("2026-11-20, in use, from"), "{out}");
    // A wrong value is wrong there too.
    std::fs::write(folder.join("t.yaml"), TEMPLATE.replace("RED", "MAUVE").replace("Name: a", "Nmae: a")).unwrap();
    let (code, out, _) = check(&[]);
    assert!(code == 1 && out.contains("MAUVE") && out.contains("Nmae"), "{out}");
}

#[test]
fn a_damaged_file_is_named_and_not_used() {
    let folder = folder("fetch-damaged");
    std::fs::write(folder.join("t.yaml"), TEMPLATE).unwrap();
    assert_eq!(update(&folder, &serve(good())).0, 0);
    let file = folder.join("cache/stacklens/newer-facts");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() - 10);
    std::fs::write(&file, bytes).unwrap();
    let (code, out, err) = run(&folder, &["check", "-f", "short", "t.yaml"]);
    assert!(code == 1 && out.contains("E3006"), "{out}");
    assert!(err.contains("are not used: they are damaged"), "{err}");
    // The next update mends it, and leaves nothing else behind.
    assert_eq!(update(&folder, &serve(good())).0, 0);
    assert_eq!(run(&folder, &["check", "-f", "short", "t.yaml"]).0, 0);
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn the_digest_is_checked() {
    let folder = folder("fetch-digest");
    let url = serve(good());
    let (_, out, _) = update(&folder, &url);
    let digest = out.split("sha256 ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(run(&folder, &["schema", "update", "--url", &url, "--sha256", &digest]).0, 0);
    let (code, _, err) = run(&folder, &["schema", "update", "--url", &url, "--sha256", &"0".repeat(64)]);
    assert!(code == 2 && err.contains(&format!("its SHA-256 is {digest}, not 0000")), "{err}");
    let (code, _, err) = run(&folder, &["schema", "update", "--sha256", "12"]);
    assert!(code == 2 && err.contains("64 hexadecimal digits"), "{err}");
}

#[test]
fn an_archive_at_hand() {
    let folder = folder("fetch-file");
    std::fs::write(folder.join("a.zip"), good()).unwrap();
    let (code, out, err) = run(&folder, &["schema", "update", "--archive", "a.zip", "--cache", "mine"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(folder.join("mine/newer-facts").exists() && !folder.join("cache").exists());
    let (_, out, _) = run(&folder, &["schema", "list", "AWS::Fresh", "--cache", "mine"]);
    assert_eq!(out, "AWS::Fresh::Thing\n");
}

#[test]
fn an_older_archive_is_left_alone() {
    let folder = folder("fetch-older");
    let url = server(|_, stream| send(stream, "200 OK\r\nLast-Modified: Mon, 03 Feb 2020 10:00:00 GMT", &good()));
    let (code, out, _) = update(&folder, &url);
    assert!(code == 0 && out.contains("it is of 2020-02-03, older than the facts of the program"), "{out}");
    assert!(!folder.join("cache").exists());
}

#[test]
fn servers_that_do_not_give_it() {
    refused("fetch-404", &server(|_, s| send(s, "404 Not Found\r\nContent-Length: 2", b"no")), "404 Not Found");
    refused("fetch-html", &serve(b"<html>log in first</html>".to_vec()), "it is no archive");
    let far = server(|_, s| send(s, "302 Found\r\nLocation: http://127.0.0.2:9/a.zip\r\nContent-Length: 0", b""));
    refused("fetch-far", &far, "sends to another place (`127.0.0.2`), which is not followed");
    let round = server(|_, s| send(s, "302 Found\r\nLocation: /again\r\nContent-Length: 0", b""));
    refused("fetch-round", &round, "from one place to the next without end");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    refused("fetch-closed", &format!("http://{closed}"), "cannot reach 127.0.0.1");
    refused("fetch-plain", "http://example.com/a.zip", "is not protected");
}

#[test]
fn a_redirect_on_the_same_host_is_followed() {
    let folder = folder("fetch-near");
    let url = server(|path, stream| match path {
        "/there.zip" => send(stream, "200 OK", &good()),
        _ => send(stream, "302 Found\r\nLocation: /there.zip\r\nContent-Length: 0", b""),
    });
    let (code, out, err) = update(&folder, &url);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn archives_that_are_cut_short_or_damaged() {
    let whole = good();
    let (length, half) = (whole.len(), whole[..whole.len() / 2].to_vec());
    let short = half.clone();
    let broken = move |_: &str, s: &mut TcpStream| send(s, &format!("200 OK\r\nContent-Length: {length}"), &short);
    refused("fetch-broken", &server(broken), "the answer broke off");
    refused("fetch-half", &serve(half), "cut short");
    let mut damaged = whole;
    damaged[60] ^= 0xff;
    damaged[61] ^= 0xff;
    refused("fetch-bits", &serve(damaged), "the archive is damaged");
    refused("fetch-nothing", &serve(zip(&[("a.json", b"{}"), ("b.json", b"[1,")])), "holds no schemas");
}

#[test]
fn too_much() {
    let said = server(|_, s| send(s, "200 OK\r\nContent-Length: 99999999999", b"PK"));
    refused("fetch-large", &said, "it is larger than");
    let endless = server(|_, stream| {
        send(stream, "200 OK", b"");
        while stream.write_all(&[0; 1 << 20]).is_ok() {}
    });
    refused("fetch-endless", &endless, "it is larger than");
    let bomb = zip(&[("bomb.json", &vec![b' '; 50 << 20])]);
    assert!(bomb.len() < 100_000);
    refused("fetch-bomb", &serve(bomb), "an entry of the archive is larger than");
    let part = vec![b' '; 7 << 20];
    let names: Vec<String> = (0..40).map(|number| format!("{number}.json")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), part.as_slice())).collect();
    refused("fetch-bombs", &serve(zip(&parts)), "the archive unpacks to more than");
}

#[test]
fn too_slow() {
    let silent = server(|_, _| std::thread::sleep(Duration::from_secs(20)));
    let drops = server(|_, stream| {
        send(stream, "200 OK\r\nContent-Length: 1000", b"");
        for _ in 0..100 {
            if stream.write_all(b"x").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    for (name, url) in [("fetch-silent", silent), ("fetch-drops", drops)] {
        let folder = folder(name);
        let start = std::time::Instant::now();
        let (code, _, err) = run(&folder, &["schema", "update", "--url", &url, "--timeout", "1"]);
        assert!(code == 2 && (err.contains("does not answer in time") || err.contains("takes longer than 1")), "{err}");
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    }
}

#[test]
fn names_in_an_archive_are_only_names() {
    let folder = folder("fetch-slip");
    let fresh = fresh().to_string();
    let mut evil = json!({"typeName": "../../evil", "properties": {}}).to_string();
    evil.push(' ');
    let names = ["../../../escape.json", "/tmp/stacklens-escape.json", "a/../../b.json"];
    let all = [(names[0], fresh.as_bytes()), (names[1], evil.as_bytes()), (names[2], b"[]")];
    let (code, out, err) = update(&folder, &serve(zip(&all)));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("left out: 2") && out.contains("AWS::Fresh::Thing"), "{out}");
    assert!(!Path::new("/tmp/stacklens-escape.json").exists());
    let files = crate::files_below(&folder);
    assert_eq!(files, [folder.join("cache/stacklens/newer-facts")]);
}

#[test]
fn hostile_schemas_are_left_out_or_harmless() {
    let folder = folder("fetch-hostile");
    let around = json!({
        "typeName": "AWS::Around::Thing",
        "properties": {"A": {"$ref": "#/definitions/A"}},
        "definitions": {"A": {"anyOf": vec![json!({"$ref": "#/definitions/A"}); 20]}},
        "readOnlyProperties": ["/properties/A/B/C/D/E"],
    });
    let unknown = json!({"typeName": "AWS::Odd::Thing", "properties": {"A": {"mystery": true}}});
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let (around, unknown, fresh) = (around.to_string(), unknown.to_string(), fresh().to_string());
    let entries =
        [("a.json", &around), ("b.json", &unknown), ("c.json", &deep), ("d.json", &fresh), ("e.json", &fresh)];
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let (code, out, err) = update(&folder, &serve(zip(&entries)));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("AWS::Odd::Thing: unknown keyword `mystery`"), "{out}");
    assert!(out.contains("AWS::Fresh::Thing: it is there twice"), "{out}");
    let text = "Resources: {T: {Type: AWS::Around::Thing, Properties: {A: {B: 1}}}}\n";
    std::fs::write(folder.join("t.yaml"), text).unwrap();
    let (code, out, err) = run(&folder, &["check", "t.yaml"]);
    assert!(code < 2, "{out}{err}");
}

/// Makes a schema stricter everywhere and adds something: what an update must not take, and what it must.
fn stricter(part: &mut Value, inside: bool) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(|item| stricter(item, true)),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match (name.as_str(), &mut *value) {
                    ("maxLength" | "maxItems" | "maximum", Value::Number(_)) => *value = 0.into(),
                    ("pattern", Value::String(_)) => *value = "^never$".into(),
                    ("enum", Value::Array(values)) => *values = vec!["NEWEST".into()],
                    ("properties", Value::Object(properties)) => {
                        properties.values_mut().for_each(|property| stricter(property, true));
                        properties.insert("Newest".to_owned(), json!({"type": "string"}));
                    }
                    _ => stricter(value, true),
                }
            }
            if let Some(properties) = members.get("properties").and_then(Value::as_object).filter(|_| inside) {
                let names: Vec<String> = properties.keys().cloned().collect();
                members.insert("required".to_owned(), names.into());
            }
        }
        _ => {}
    }
}

/// A template whose nested stack is at an address.
fn parent(address: &str) -> String {
    format!(
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {address}\n      \
         Parameters:\n        Nmae: a\n"
    )
}

const CHILD: &str = "Parameters:\n  Name:\n    Type: String\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n";

/// What `check --fetch` says of a template whose nested stack is at an address of this machine, which is trusted or not.
fn checked(name: &str, address: &str, trusted: bool) -> (i32, String, String) {
    let folder = folder(name);
    crate::write(&folder, "parent.yaml", &parent(address));
    let host = address.split('/').nth(2).unwrap().to_owned();
    let mut arguments = vec!["check", "-f", "short", "--no-bundle", "-i", "W3002", "--fetch", "parent.yaml"];
    if trusted {
        arguments.extend(["--fetch-from", &host]);
    }
    run(&folder, &arguments)
}

#[test]
fn nested_templates_at_addresses_are_read_when_that_is_allowed() {
    let address = format!("{}/child.yaml", serve(CHILD.as_bytes().to_vec()));
    let (code, out, err) = checked("fetch-nested", &address, true);
    assert!(code == 1 && out.contains("E3043") && out.contains("`Nmae`") && err.is_empty(), "{code} {out}{err}");
    let (code, out, err) = run(&folder("fetch-nested-without"), &["check", "--fetch-from", "a", "."]);
    assert!(code == 2 && err.contains("--fetch"), "{out}{err}");
    // Nothing is asked without the option.
    let folder = folder("fetch-nested-off");
    crate::write(&folder, "parent.yaml", &parent(&address));
    let (code, out, err) = run(&folder, &["check", "-q", "--no-bundle", "-i", "W3002", "parent.yaml"]);
    assert!(code == 0 && out.is_empty() && err.is_empty(), "{code} {out}{err}");
}

#[test]
fn what_a_template_includes_from_an_address() {
    let folder = folder("fetch-include");
    let address = format!("{}/part.yaml", serve(b"Type: AWS::SQS::Queue\nProperties:\n  QueueName: jobs\n".to_vec()));
    let template = format!(
        "Resources:\n  Queue:\n    Fn::Transform:\n      Name: AWS::Include\n      Parameters:\n        Location: {address}\n"
    );
    crate::write(&folder, "a.yaml", &template);
    let host = address.split('/').nth(2).unwrap();
    let (code, out, err) = run(&folder, &["expand", "--fetch", "--fetch-from", host, "a.yaml"]);
    assert!(code == 0 && out.contains("QueueName: jobs"), "{out}{err}");
    let (_, out, _) = run(&folder, &["expand", "a.yaml"]);
    assert!(!out.contains("QueueName: jobs"), "{out}");
}

#[test]
fn private_networks_are_not_asked() {
    let address = format!("{}/child.yaml", serve(CHILD.as_bytes().to_vec()));
    let (code, out, err) = checked("fetch-private", &address, false);
    assert!(code == 0 && !out.contains("E3043"), "{code} {out}{err}");
    assert!(err.contains("not fetched: ") && err.contains(&address) && err.contains("only https and s3"), "{err}");
    let secure = address.replace("http://", "https://");
    let (_, _, err) = checked("fetch-private", &secure, false);
    assert!(err.contains("private network") && err.contains("--fetch-from"), "{err}");
    let (_, _, err) = checked("fetch-private", "https://169.254.169.254/latest/meta-data", false);
    assert!(err.contains("private network"), "{err}");
}

#[test]
fn a_server_that_gives_no_template_leaves_the_nested_stack_unknown() {
    let refusing = server(|_, stream| send(stream, "403 Forbidden\r\nContent-Length: 0", b""));
    let sending = server(|_, stream| send(stream, "302 Found\r\nLocation: http://example.com/x", b""));
    let endless = serve(vec![b'#'; (1 << 20) + 1]);
    let other = serve(b"\xff\xfe\xff".to_vec());
    let cases = [(refusing, "no credentials"), (sending, "another place"), (endless, "1 MiB"), (other, "UTF-8")];
    for (address, why) in cases {
        let (code, out, err) = checked("fetch-refused", &format!("{address}/child.yaml"), true);
        assert!(code == 0 && !out.contains("E3043"), "{code} {out}{err}");
        assert!(err.contains("not fetched: ") && err.contains(why), "{why}: {err}");
    }
}

#[test]
fn an_update_makes_nothing_wrong() {
    let folder = folder("fetch-stricter");
    let mut entries = Vec::new();
    for file in crate::files_below(&crate::root().join("schemas/resources")) {
        let types: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for (name, mut schema) in types.as_object().unwrap().clone() {
            stricter(&mut schema, false);
            schema["typeName"] = name.as_str().into();
            entries.push((format!("{name}.json"), schema.to_string()));
        }
    }
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let (code, out, err) = update(&folder, &serve(zip(&entries)));
    assert!(code == 0 && out.contains(" properties, ") && !out.contains("left out"), "{out}{err}");
    // The words may differ, where values are listed; what is found and where does not.
    let samples = crate::root().join("samples");
    let found = |facts: &str| {
        let arguments = ["check", "-f", "json", "--no-bundle", "-c", "I", "--facts", facts, samples.to_str().unwrap()];
        let answer: Value = serde_json::from_str(&run(&folder, &arguments).1).unwrap();
        let place = |one: &Value| format!("{} {} {}", one["rule"], one["file"], one["span"]);
        answer["findings"].as_array().unwrap().iter().map(place).collect::<Vec<_>>()
    };
    let embedded = found("embedded");
    assert!(embedded.len() > 100, "{}", embedded.len());
    assert_eq!(found("newest"), embedded);
}
