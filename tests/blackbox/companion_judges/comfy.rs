//! The stand-in for ComfyUI that Comfy-Org wrote for its own proxy: it has no `GET /api/jobs/ID`,
//! so this is the way of older ones.

use super::got;
use crate::common::{WOMAN, ask, member, receives, tap, told};
use crate::companion::{RICH, begins, says};
use crate::model::Server;
use crate::support::app::spawn_app;
use crate::support::characters::BackEnds;
use crate::support::guest::Guest;
use crate::support::people::PATIENCE;
use crate::support::python;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What its queue has under way.
async fn running(url: &str) -> Vec<Value> {
    got(format!("{url}/queue")).await["queue_running"].as_array().cloned().unwrap_or_default()
}

/// It, in front of an engine of its own: jobs of another database may have the same names.
fn started() -> Option<(Guest, String)> {
    let bin = python::programs("comfyui")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/comfyui/serve.py");
    let sources = bin.parent().expect("a folder").join("source");
    let judge = Guest::start(Command::new(bin.join("python3")).arg(script).arg(sources));
    let url = judge.address("");
    Some((judge, url))
}

#[tokio::test]
async fn a_picture_comes_out_of_comfyui() {
    let Some((_judge, url)) = started() else { return };
    let server = Server::new(vec![says("Look, the lighthouse is lit.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&url, "comfyui", 0.5);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "What is there?", "Look, the lighthouse is lit.").await;
    let mark = anna.mark();
    anna.send_text("/picture");
    let picture = receives(&anna, mark, "photo").await;
    assert!(picture.json["caption"].as_str().is_some_and(|text| text.contains("drawn by AI")), "{picture:?}");
    assert!(running(&url).await.is_empty());
}

/// Guard: it is told by the job's own name that nobody waits any more.
#[tokio::test]
async fn a_picture_that_nobody_wants_is_called_off_at_comfyui() {
    let Some((_judge, url)) = started() else { return };
    let server = Server::new(vec![says("Look, the lighthouse is lit.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&url, "comfyui", 0.5);
    // One that never ends by itself.
    let workflow = back_ends.path().with_file_name("workflow.json");
    let nodes = r#"{"6":{"class_type":"CLIPTextEncode",
        "inputs":{"text":"{{prompt}}","seed":"{{seed}}","hang":true}}}"#;
    std::fs::write(workflow, nodes).expect("written");
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "What is there?", "Look, the lighthouse is lit.").await;
    ask(&anna, "/picture", "The AI is drawing").await;
    let jobs = async |there: bool| {
        let wait = async {
            while running(&url).await.is_empty() == there {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("in time");
    };
    jobs(true).await;
    let job = running(&url).await[0][1].as_str().expect("a name").to_owned();
    let mark = anna.mark();
    tap(&anna, "ch:pic-stop:").await;
    told(&anna, mark, "called off").await;
    jobs(false).await;
    let entry = got(format!("{url}/history/{job}")).await[&job].clone();
    assert_eq!(entry["status"]["messages"][0][0], "execution_interrupted", "{entry}");
}
