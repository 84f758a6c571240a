//! Makes large images smaller, quickly, and turns them upright.

use image::DynamicImage;
use image::imageops::FilterType;
use image::metadata::Orientation;

use super::limits::Bounds;

/// The size that an image gets, and how much of the way there is cheap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    width: u32,
    height: u32,
    /// So many pixels each way are averaged into one first. The finer filter takes it from there, for a good picture
    /// with half as many pixels again as it is to write.
    pub factor: u32,
}

/// Keeps the shape and at least one pixel. Smaller images stay as they are.
pub(super) fn target(width: u32, height: u32, bounds: Bounds) -> Target {
    let (width_max, height_max) = (bounds.width.max(1), bounds.height.max(1));
    if width <= width_max && height <= height_max {
        return Target { width, height, factor: 1 };
    }
    let scaled = |side: u32, numerator: u32, denominator: u32| {
        let scaled = (u64::from(side) * u64::from(numerator) + u64::from(denominator) / 2) / u64::from(denominator);
        u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
    };
    let is_wider = u64::from(width) * u64::from(height_max) >= u64::from(height) * u64::from(width_max);
    let (target_width, target_height) = if is_wider {
        (width_max, scaled(height, width_max, width))
    } else {
        (scaled(width, height_max, height), height_max)
    };
    let factor = (width / target_width).min(height / target_height) * 2 / 3;
    Target { width: target_width, height: target_height, factor: factor.max(1) }
}

impl Target {
    /// Returns by what JPEG decoders can divide the sides at no cost. What is left is more than the target.
    pub fn divisor(self) -> u32 {
        [8, 4, 2].into_iter().find(|divisor| *divisor <= self.factor).unwrap_or(1)
    }

    /// Returns the target of the divided image.
    pub fn divided(self) -> Self {
        Self { factor: (self.factor / self.divisor()).max(1), ..self }
    }

    /// Returns the size after averaging.
    pub fn reduced(self, width: u32, height: u32) -> (u32, u32) {
        (width.div_ceil(self.factor), height.div_ceil(self.factor))
    }
}

pub(super) fn reduce(image: DynamicImage, target: Target) -> DynamicImage {
    if target.factor == 1 {
        return image;
    }
    let (width, height) = target.reduced(image.width(), image.height());
    image.thumbnail_exact(width, height)
}

pub(super) fn resize(image: DynamicImage, target: Target) -> DynamicImage {
    if (image.width(), image.height()) == (target.width, target.height) {
        return image;
    }
    image.resize_exact(target.width, target.height, FilterType::Lanczos3)
}

pub(super) fn upright(mut image: DynamicImage, orientation: Orientation) -> DynamicImage {
    image.apply_orientation(orientation);
    image
}
