//! Many sentence vectors in little memory: a byte for each number, with a scale for each
//! vector. A cosine is off by about 0.0005.

use segue_encoder::{DIM, Vector};

/// One vector in bytes.
#[derive(Clone, Debug)]
pub(super) struct Row {
    values: Box<[i8; DIM]>,
    scale: f32,
}

impl Row {
    pub fn of(vector: &Vector) -> Row {
        let largest = vector
            .iter()
            .fold(0.0f32, |most, value| most.max(value.abs()));
        let scale = largest / 127.0;
        let mut values = Box::new([0i8; DIM]);
        if scale > 0.0 {
            for (byte, value) in values.iter_mut().zip(vector) {
                *byte = (value / scale).round() as i8;
            }
        }
        Row { values, scale }
    }

    /// Bytes that mean nothing.
    pub fn made_up(seed: u64) -> Row {
        let mut seed = seed | 1;
        let values = Box::new(std::array::from_fn(|_| {
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (seed >> 57) as i8
        }));
        let scale = 0.001;
        Row { values, scale }
    }
}

/// Vectors one after the other.
#[derive(Debug, Default)]
pub(super) struct Rows {
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Rows {
    pub fn push(&mut self, row: &Row) {
        self.values.extend_from_slice(&*row.values);
        self.scales.push(row.scale);
    }

    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// The cosine of each with `query`, in their order.
    pub fn cosines(&self, query: &Row) -> Vec<f32> {
        let (rows, _) = self.values.as_chunks::<DIM>();
        rows.iter()
            .zip(&self.scales)
            .map(|(row, scale)| dot(row, &query.values) as f32 * scale * query.scale)
            .collect()
    }
}

fn dot(a: &[i8; DIM], b: &[i8; DIM]) -> i32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b)))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_survives_the_bytes() {
        let vector = |seed: f32| -> Vector {
            let mut vector: Vector = std::array::from_fn(|at| ((at as f32 + 1.0) * seed).sin());
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length);
            vector
        };
        let exact = |a: &Vector, b: &Vector| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let mut rows = Rows::default();
        let seeds = [0.1, 0.7, 1.3, 2.9];
        for seed in seeds {
            rows.push(&Row::of(&vector(seed)));
        }
        let query = vector(0.71);
        for (seed, cosine) in seeds.iter().zip(rows.cosines(&Row::of(&query))) {
            let wanted = exact(&vector(*seed), &query);
            assert!((cosine - wanted).abs() < 0.003, "{seed}: {cosine} {wanted}");
        }
        let zeros = Row::of(&[0.0; DIM]);
        assert!(rows.cosines(&zeros).iter().all(|cosine| *cosine == 0.0));
    }
}
