//! The small readers, each with values that ffprobe really gives.

use super::*;

#[test]
fn pixel_formats_tell_detail_and_depth() {
    assert_eq!(layout("yuv420p", Some("8")), (Chroma::Yuv420, 8));
    assert_eq!(layout("yuvj420p", None), (Chroma::Yuv420, 8));
    assert_eq!(layout("yuv420p10le", None), (Chroma::Yuv420, 10));
    assert_eq!(layout("p010le", None), (Chroma::Yuv420, 10));
    assert_eq!(layout("yuv422p10le", Some("10")), (Chroma::Yuv422, 10));
    assert_eq!(layout("yuv444p12be", None), (Chroma::Yuv444, 12));
    assert_eq!(layout("gray", None), (Chroma::Gray, 8));
    assert_eq!(layout("bgr0", None), (Chroma::Rgb, 8));
}

#[test]
fn ratios_that_make_no_sense_are_none() {
    assert_eq!(ratio("30000/1001", '/').map(f64::round), Some(30.0));
    for text in ["0/0", "1/0", "-1/2", "a/b", "", "0/5"] {
        assert_eq!(ratio(text, '/'), None, "{text}");
    }
}

#[test]
fn turns_are_told_from_the_matrix() {
    let matrix = |rows: &str| SideData { rotation: None, displaymatrix: Some(rows.to_owned()), dv_profile: None };
    let upright = "\n00000000:  65536 0 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824\n";
    let mirrored = "\n00000000:  -65536 0 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824\n";
    let quarter = "\n00000000:  0 65536 0\n00000001: -65536 0 0\n00000002: 0 0 1073741824\n";
    assert!(!matrix(upright).turns());
    assert!(matrix(mirrored).turns());
    assert!(matrix(quarter).turns());
    assert_eq!(quarter_turn(-90.0), 270);
    assert_eq!(quarter_turn(180.0), 180);
    assert_eq!(quarter_turn(f64::NAN), 0);
}
