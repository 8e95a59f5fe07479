//! A file that is read piece by piece, with every length checked against the file's own.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Why a model could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or folder cannot be read.
    #[error("could not read the sentence model {}: {source}; install it with `segue model install`", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not a model, or a damaged one.
    #[error("{} is not a usable sentence model: {fault}; install it again with `segue model install`", path.display())]
    Malformed {
        /// What was read.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
}

/// An open file and its length in bytes.
pub struct Source {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Source {
    pub fn open(path: &Path) -> Result<Source, OpenError> {
        let read = || {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            Ok((file, length))
        };
        let (file, length) = read().map_err(|source| OpenError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Source {
            path: path.to_owned(),
            file,
            length,
        })
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn malformed(&self, fault: impl Into<String>) -> OpenError {
        OpenError::Malformed {
            path: self.path.clone(),
            fault: fault.into(),
        }
    }

    /// Nothing is set aside for bytes that the file does not have.
    pub fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, OpenError> {
        let end = offset.checked_add(length);
        if end.is_none_or(|end| end > self.length) {
            return Err(self.malformed("it ends too early"));
        }
        let mut bytes = vec![0; length as usize];
        self.fill(offset, &mut bytes)
            .map_err(|source| OpenError::Read {
                path: self.path.clone(),
                source,
            })?;
        Ok(bytes)
    }

    pub fn fill(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset)
    }

    /// The SHA-256 of the whole, in hex.
    pub fn fingerprint(&self) -> Result<String, OpenError> {
        const STEP: u64 = 1 << 20;
        let mut hash = Sha256::new();
        let mut offset = 0;
        while offset < self.length {
            let step = STEP.min(self.length - offset);
            hash.update(self.read(offset, step)?);
            offset += step;
        }
        Ok(hex(&hash.finalize()))
    }
}

/// A reading position in a file's head, which is read in steps as it turns out to be long.
pub struct Reader<'a> {
    source: &'a Source,
    offset: u64,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source) -> Reader<'a> {
        Reader { source, offset: 0 }
    }

    pub fn bytes(&mut self, length: u64) -> Result<Vec<u8>, OpenError> {
        let bytes = self.source.read(self.offset, length)?;
        self.offset += length;
        Ok(bytes)
    }

    pub fn skip(&mut self, length: u64) -> Result<(), OpenError> {
        match self.offset.checked_add(length) {
            Some(end) if end <= self.source.length => {
                self.offset = end;
                Ok(())
            }
            _ => Err(self.source.malformed("it ends too early")),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], OpenError> {
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes(N as u64)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8, OpenError> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u16(&mut self) -> Result<u16, OpenError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32, OpenError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64, OpenError> {
        Ok(u64::from_le_bytes(self.array()?))
    }
}

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Little-endian numbers; a rest of less than four bytes is left out.
pub fn u32s(bytes: &[u8]) -> Vec<u32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|n| u32::from_le_bytes(*n)).collect()
}

/// Little-endian floats; a rest of less than four bytes is left out.
pub fn f32s(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|n| f32::from_le_bytes(*n)).collect()
}

/// A float of 16 bits (IEEE 754 binary16).
pub fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_floats_of_sixteen_bits() {
        let check = |bits: u16, expected: f32| assert_eq!(half(bits), expected, "{bits:#x}");
        check(0x0000, 0.0);
        check(0x3c00, 1.0);
        check(0xc000, -2.0);
        check(0x3555, 0.333_251_95);
        check(0x7bff, 65_504.0);
        check(0x0001, 2_f32.powi(-24));
        check(0x03ff, 1023.0 * 2_f32.powi(-24));
        check(0x7c00, f32::INFINITY);
        assert!(half(0x7e00).is_nan());
    }
}
