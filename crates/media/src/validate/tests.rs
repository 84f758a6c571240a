//! What was made passes, and what was spoiled afterwards does not.

use super::validate;
use crate::transcode::tests::made;

const SOURCE: &str = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=5 -f lavfi -i sine=duration=5:sample_rate=48000 -c:v libx264 -g 50 -pix_fmt yuv420p -c:a aac";

#[tokio::test]
async fn a_stream_passes_until_it_is_spoiled() {
    let made = made("a.mp4", SOURCE).await;
    let check = async |stream: &crate::stream::Stream| {
        validate(&made.fixture.tools, &made.info, stream, &made.scratch, &[]).await
    };
    check(&made.stream).await.unwrap();

    let mut silent = made.stream.clone();
    silent.audio = None;
    assert!(check(&silent).await.unwrap_err().to_string().contains("audio is missing"));
    let mut long = made.stream.clone();
    long.duration_s += 2.0;
    assert!(check(&long).await.unwrap_err().to_string().contains("the video lasts 7"));
    let mut stray = made.stream.clone();
    stray.renditions[1].track.fragments[0].ticks += 9000;
    assert!(check(&stray).await.unwrap_err().to_string().contains("key frames"));
    let mut other = made.stream.clone();
    other.renditions[1].width = 428;
    assert!(check(&other).await.unwrap_err().to_string().contains("size"));

    let file = made.scratch.join(&made.stream.renditions[0].track.file);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(check(&made.stream).await.is_err());
    std::fs::write(&file, vec![0; whole.len()]).unwrap();
    assert!(check(&made.stream).await.is_err());
    std::fs::remove_file(&file).unwrap();
    assert!(check(&made.stream).await.is_err());
}
