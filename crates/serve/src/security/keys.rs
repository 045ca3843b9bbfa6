//! API keys: several, stored as hashes, compared in constant time, replaceable at run time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::error::ServeError;

/// One key: its name for logs and limits, and the hash of its value.
#[derive(Clone)]
struct Key {
    name: Arc<str>,
    sha256: [u8; 32],
}

/// The keys that are let in; or everybody, if no file was given.
pub struct ApiKeys {
    path: Option<PathBuf>,
    keys: RwLock<Vec<Key>>,
}

impl ApiKeys {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// [`ServeError::Read`] or, with the line, [`ServeError::ApiKeys`].
    pub fn open(path: Option<&Path>) -> Result<Self, ServeError> {
        let keys = path.map(read).transpose()?.unwrap_or_default();
        Ok(Self { path: path.map(Path::to_owned), keys: RwLock::new(keys) })
    }

    /// Reads the file again; the old keys stay if it is bad.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn reload(&self) -> Result<(), ServeError> {
        if let Some(path) = &self.path {
            let keys = read(path)?;
            *self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner) = keys;
        }
        Ok(())
    }

    /// True if a key is asked for at all.
    pub fn required(&self) -> bool {
        self.path.is_some()
    }

    /// The name of a key, if it is one of ours. Takes the same time whichever it is, or none.
    pub fn name_of(&self, key: &str) -> Option<Arc<str>> {
        let given: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut found, mut which) = (Choice::from(0), 0_u32);
        for (index, key) in keys.iter().enumerate() {
            let same = key.sha256.ct_eq(&given);
            which.conditional_assign(&(index as u32), same);
            found |= same;
        }
        bool::from(found).then(|| Arc::clone(&keys[which as usize].name))
    }
}

fn read(path: &Path) -> Result<Vec<Key>, ServeError> {
    let text = std::fs::read_to_string(path).map_err(|source| ServeError::Read {
        path: path.to_owned(),
        source,
        flag: "--api-keys",
    })?;
    let mut keys: Vec<Key> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |reason: &str| ServeError::ApiKeys {
            path: path.to_owned(),
            line: index + 1,
            reason: reason.to_owned(),
        };
        let (name, hash) = line.split_once(':').ok_or_else(|| bad("no colon"))?;
        let (name, hash) = (name.trim(), hash.trim());
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        {
            return Err(bad("the name may have letters, digits, `-`, `_` and `.`"));
        }
        if keys.iter().any(|key| &*key.name == name) {
            return Err(bad("this name is in the file twice"));
        }
        let sha256 = unhex(hash).ok_or_else(|| bad("the hash is not 64 hexadecimal digits"))?;
        keys.push(Key { name: name.into(), sha256 });
    }
    Ok(keys)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    // printf %s alpha | sha256sum
    const ALPHA: &str = "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8";
    const BETA: &str = "f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753";

    fn file(content: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file
    }

    #[test]
    fn each_key_is_known_by_its_name_and_no_other_is() {
        let file = file(&format!("# ours\nfirst:{ALPHA}\n\nsecond: {}\n", BETA.to_uppercase()));
        let keys = ApiKeys::open(Some(file.path())).unwrap();
        assert_eq!(keys.name_of("alpha").as_deref(), Some("first"));
        assert_eq!(keys.name_of("beta").as_deref(), Some("second"));
        for wrong in ["", "alph", "alpha ", ALPHA] {
            assert_eq!(keys.name_of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_bad_line_is_named_and_leaves_the_old_keys() {
        let mut file = file(&format!("first:{ALPHA}\n"));
        let keys = ApiKeys::open(Some(file.path())).unwrap();
        writeln!(file, "second:123").unwrap();
        let message = keys.reload().unwrap_err().to_string();
        assert!(message.contains(":2: the hash is not 64"), "{message}");
        assert!(keys.name_of("alpha").is_some());
    }

    #[test]
    fn an_empty_file_lets_nobody_in() {
        let file = file("");
        let keys = ApiKeys::open(Some(file.path())).unwrap();
        assert!(keys.required());
        assert_eq!(keys.name_of(""), None);
    }
}
