//! Chance as an argument: everything drawn here follows from a seed. SplitMix64 (Steele,
//! Lea and Flood, "Fast splittable pseudorandom number generators", 2014) is six lines and
//! passes BigCrush; it is our own because a stored promise can be computed again only while
//! the numbers behind a seed never change, which no library promises across versions.

/// A stream of random numbers that follows from its seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream with a number among those of a seed.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Chance(seed ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
        chance.bits();
        chance
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly from `0..n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// The time to the next event of a Poisson process, in units of its mean.
    pub fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    /// From the standard normal distribution (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut chance = Chance::new(7, 0);
        let drawn = [chance.bits(), chance.bits()];
        assert_eq!(drawn, [309_689_372_594_955_804, 16_616_101_746_815_609_346]);
    }

    #[test]
    fn draws_have_the_mean_and_spread_that_they_claim() {
        let mut chance = Chance::new(1, 2);
        let n = 20_000;
        let mean =
            |draw: &mut dyn FnMut() -> f64| (0..n).map(|_| draw()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || chance.unit()) - 0.5).abs() < 0.01);
        assert!((mean(&mut || chance.exponential()) - 1.0).abs() < 0.03);
        assert!(mean(&mut || chance.normal()).abs() < 0.03);
        assert!((mean(&mut || chance.normal().powi(2)) - 1.0).abs() < 0.04);
        assert!((mean(&mut || chance.below(3) as f64) - 1.0).abs() < 0.03);
    }
}
