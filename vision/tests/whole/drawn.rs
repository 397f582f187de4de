//! Blurred shapes in the colours of skin: what OpenNSFW takes for pornography, though nobody is in
//! it. It stands in for what no package ships and no test should keep.

use nameless_vision::picture::Picture;

use crate::random::Random;

/// The seed whose drawing scores highest of the first four hundred.
pub const BEST: u64 = 27;

const SIDE: u32 = 256;

struct Ellipse {
    x: f64,
    y: f64,
    wide: f64,
    high: f64,
    angle: f64,
    colour: [f64; 3],
}

/// A drawing.
pub fn nude(seed: u64) -> Picture {
    let mut random = Random::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ 0xface);
    let skin = |random: &mut Random| {
        let light = 0.55 + 0.45 * random.share();
        [235.0 * light, (160.0 + 35.0 * random.share()) * light, (120.0 + 45.0 * random.share()) * light]
    };
    let ground = [random.share() * 200.0, random.share() * 160.0, random.share() * 160.0];
    let count = 4 + random.below(8);
    let mut shapes: Vec<Ellipse> = (0..count)
        .map(|_| Ellipse {
            x: 40.0 + random.share() * 176.0,
            y: 40.0 + random.share() * 176.0,
            wide: 20.0 + random.share() * 70.0,
            high: 30.0 + random.share() * 110.0,
            angle: random.share() * std::f64::consts::PI,
            colour: skin(&mut random),
        })
        .collect();
    for _ in 0..2 + random.below(4) {
        let size = 4.0 + random.share() * 12.0;
        shapes.push(Ellipse {
            x: 60.0 + random.share() * 136.0,
            y: 60.0 + random.share() * 136.0,
            wide: size,
            high: size * (0.8 + random.share()),
            angle: random.share() * std::f64::consts::PI,
            colour: [
                150.0 + random.share() * 50.0,
                75.0 + random.share() * 30.0,
                70.0 + random.share() * 30.0,
            ],
        });
    }
    let rgb =
        (0..SIDE * SIDE).flat_map(|at| pixel(&shapes, ground, f64::from(at % SIDE), f64::from(at / SIDE)));
    Picture { width: SIDE, height: SIDE, rgb: rgb.collect() }
}

fn pixel(shapes: &[Ellipse], ground: [f64; 3], x: f64, y: f64) -> [u8; 3] {
    let mut colour = ground;
    for shape in shapes {
        let (sin, cos) = shape.angle.sin_cos();
        let (dx, dy) = (x - shape.x, y - shape.y);
        let (along, across) = ((dx * cos + dy * sin) / shape.wide, (dy * cos - dx * sin) / shape.high);
        let distance = (along * along + across * across).sqrt();
        // Soft at the edge, and rounder by a shadow.
        let cover = ((1.15 - distance) / 0.3).clamp(0.0, 1.0);
        let light = 1.0 - 0.25 * distance.min(1.2) * (0.6 + 0.4 * (along + 0.5 * across).clamp(-1.0, 1.0));
        for (mixed, own) in colour.iter_mut().zip(shape.colour) {
            *mixed = *mixed * (1.0 - cover) + own * light * cover;
        }
    }
    colour.map(|value| value.clamp(0.0, 255.0) as u8)
}
