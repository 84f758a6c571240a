//! The same renditions as somebody who knows ffmpeg would make them.

use std::path::Path;
use std::process::Command;

use chaitube_media::{Encoding, Plan, RenditionPlan};

use super::videos::{ffmpeg, run};

const ENCODER: [&str; 10] =
    ["libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p", "-crf", "23", "-sc_threshold"];

/// The renditions of the finished ladder, best first.
fn renditions(plan: &Plan) -> Vec<&RenditionPlan> {
    let first = plan.first.renditions.iter().filter(|_| plan.keeps_first);
    let mut renditions: Vec<&RenditionPlan> = first.chain(&plan.rest.renditions).collect();
    renditions.sort_by_key(|rendition| std::cmp::Reverse(rendition.short_side));
    renditions
}

fn encode(command: &mut Command, plan: &Plan, cap_kbit: u32) {
    command.arg("-c:v").args(ENCODER).arg("0").args(["-g", "100000", "-force_key_frames"]);
    command.arg(if plan.rest.follows_source { "source" } else { "expr:gte(t,n_forced*2)" });
    command.args(["-maxrate", &format!("{cap_kbit}k"), "-bufsize", &format!("{}k", cap_kbit * 2)]);
}

fn fragmented(command: &mut Command, path: &Path) {
    command.args(["-movflags", "+frag_keyframe+delay_moov+default_base_moof", "-f", "mp4"]).arg(path);
}

/// One decode, cascaded scaling, and everything else in one process.
pub fn one_command(video: &Path, plan: &Plan) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ffmpeg(&["-i"]);
    command.arg(video);
    let renditions = renditions(plan);
    let encoded: Vec<_> = renditions.iter().filter(|rendition| rendition.encoding != Encoding::Copy).collect();
    let mut graph = Vec::new();
    let mut source = "[0:v]".to_owned();
    for (number, rendition) in encoded.iter().enumerate() {
        let is_last = number + 1 == encoded.len();
        let split = if is_last { format!("[v{number}]") } else { format!(",split=2[v{number}][s{number}]") };
        graph.push(format!("{source}scale={}:{}:flags=bicubic{split}", rendition.width, rendition.height));
        source = format!("[s{number}]");
    }
    command.args(["-filter_complex", &graph.join(";")]);
    let mut number = 0;
    for rendition in renditions {
        match rendition.encoding {
            Encoding::Copy => {
                command.args(["-map", "0:v", "-c:v", "copy"]);
            }
            Encoding::Encode { cap_kbit } => {
                command.args(["-map", &format!("[v{number}]")]);
                number += 1;
                encode(&mut command, plan, cap_kbit);
            }
        }
        fragmented(&mut command, &folder.path().join(rendition.file()));
    }
    command.args(["-map", "0:a", "-c:a", "copy"]);
    fragmented(&mut command, &folder.path().join("sound.mp4"));
    run(&mut command);
}

/// A process for each rendition, which decodes for itself and has the sound in it.
pub fn one_process_per_rendition(video: &Path, plan: &Plan) {
    let folder = tempfile::tempdir().unwrap();
    for rendition in renditions(plan) {
        let mut command = ffmpeg(&["-i"]);
        command.arg(video);
        let cap_kbit = match rendition.encoding {
            Encoding::Encode { cap_kbit } => cap_kbit,
            // Those who start a process for each rendition encode the top one, too.
            Encoding::Copy => 5500,
        };
        command.args(["-map", "0:v", "-map", "0:a"]);
        command.args(["-vf", &format!("scale={}:{}:flags=bicubic", rendition.width, rendition.height)]);
        encode(&mut command, plan, cap_kbit);
        command.args(["-c:a", "aac", "-b:a", "128k"]);
        fragmented(&mut command, &folder.path().join(rendition.file()));
        run(&mut command);
    }
}
