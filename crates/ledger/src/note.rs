//! Text with signatures: C2SP `signed-note`, with its Ed25519 keys and the timestamped ones of witnesses.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands before each signature.
const DASH: &str = "\u{2014} ";
/// A note has no more signatures than this, whoever signs; the specification asks to take at least 16.
pub const MOST_SIGNATURES: usize = 64;

/// Why something is no note, or no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// No text, blank line and signatures, or characters that a note may not hold.
    #[error("it is no signed note")]
    Form,
    /// A line that is no signature.
    #[error("a signature of the note has not its form")]
    Signature,
    /// More signatures than anybody needs.
    #[error("the note has more than {MOST_SIGNATURES} signatures")]
    TooMany,
    /// A name with spaces or a plus, or none.
    #[error("the name of a key must not be empty, and holds no space and no plus")]
    Name,
    /// Something that is no key in the form `name+id+key`.
    #[error("it is no key in the form name+id+key")]
    Key,
}

/// What a key signs, by the byte that the specification gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The log's own signature, over the text.
    Log,
    /// A witness's, over the text and the time at which it saw it.
    Witness,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Log, Self::Witness].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// The public half of a key, with its name: what checks signatures. Written as `name+id+key`, the "vkey" of the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    public: [u8; 32],
}

impl Verifier {
    /// The key with this name.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn new(name: &str, kind: Kind, public: [u8; 32]) -> Result<Self, NoteError> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(NoteError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            public,
        })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key itself. Whoever has it may have given it several names.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// What it signs.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its id: the first four bytes of SHA-256 over name, newline, kind and key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let of = [self.name.as_bytes(), b"\n", &[self.kind.byte()], &self.public].concat();
        let mut id = [0; 4];
        for (to, from) in id.iter_mut().zip(digest(&SHA256, &of).as_ref()) {
            *to = *from;
        }
        id
    }

    /// Whether a signature says that it is by this key.
    #[must_use]
    pub fn is_named_by(&self, signature: &Signature) -> bool {
        signature.name == self.name && signature.id == self.id()
    }

    /// Whether a signature that names this key holds for the text. A witness's tells when it was made, in seconds since 1970.
    #[must_use]
    pub fn checks(&self, text: &str, signature: &Signature) -> Option<Signed> {
        let key = UnparsedPublicKey::new(&ED25519, self.public);
        match self.kind {
            Kind::Log => {
                key.verify(text.as_bytes(), &signature.bytes).ok()?;
                Some(Signed { at: None })
            }
            Kind::Witness => {
                let (time, of) = signature.bytes.split_first_chunk::<8>()?;
                let at = u64::from_be_bytes(*time);
                key.verify(&witnessed(text, at), of).ok()?;
                Some(Signed { at: Some(at) })
            }
        }
    }
}

/// A signature that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// When, in seconds since 1970, for those that tell.
    pub at: Option<u64>,
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.public.as_slice()].concat();
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, STANDARD.encode(key))
    }
}

impl FromStr for Verifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        // Base64 may hold a plus, a name may not.
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(_id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = STANDARD.decode(key).map_err(|_rejected| NoteError::Key)?;
        let (kind, public) = key.split_first().ok_or(NoteError::Key)?;
        let kind = Kind::of(*kind).ok_or(NoteError::Key)?;
        let public = public.try_into().map_err(|_length| NoteError::Key)?;
        let read = Self::new(name, kind, public)?;
        // A slip in the name, the id or the key shows here.
        if read.to_string() == text.trim() {
            Ok(read)
        } else {
            Err(NoteError::Key)
        }
    }
}

/// What a witness signs: that it saw this text then, and nothing before that speaks against it.
fn witnessed(text: &str, at: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {at}\n{text}").into_bytes()
}

/// A key that signs.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.verifier).finish()
    }
}

impl Signer {
    /// From a private key as PKCS #8.
    ///
    /// # Errors
    /// [`NoteError::Name`]; [`NoteError::Key`] when it is no Ed25519 key.
    pub fn from_pkcs8(name: &str, kind: Kind, der: &[u8]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_rejected| NoteError::Key)?;
        Self::of(name, kind, pair)
    }

    /// From the 32 bytes of which the key is made.
    ///
    /// # Errors
    /// As for [`Signer::from_pkcs8`].
    pub fn from_seed(name: &str, kind: Kind, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_rejected| NoteError::Key)?;
        Self::of(name, kind, pair)
    }

    fn of(name: &str, kind: Kind, pair: Ed25519KeyPair) -> Result<Self, NoteError> {
        let public = pair.public_key().as_ref();
        let public = public.try_into().map_err(|_length| NoteError::Key)?;
        let verifier = Verifier::new(name, kind, public)?;
        Ok(Self { pair, verifier })
    }

    /// Its public half.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text; `at` is when, in seconds since 1970, which only a witness tells.
    #[must_use]
    pub fn sign(&self, text: &str, at: u64) -> Signature {
        let bytes = match self.verifier.kind {
            Kind::Log => self.pair.sign(text.as_bytes()).as_ref().to_vec(),
            Kind::Witness => [&at.to_be_bytes(), self.pair.sign(&witnessed(text, at)).as_ref()].concat(),
        };
        Signature {
            name: self.verifier.name.clone(),
            id: self.verifier.id(),
            bytes,
        }
    }
}

/// One signature of a note: whose it says it is, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

impl Signature {
    /// The name of the key that it says it is by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// As a line of a note, without the newline.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id, self.bytes.as_slice()].concat();
        write!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for Signature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix(DASH).ok_or(NoteError::Signature)?;
        let (name, bytes) = rest.split_once(' ').ok_or(NoteError::Signature)?;
        let bytes = STANDARD.decode(bytes).map_err(|_rejected| NoteError::Signature)?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or(NoteError::Signature)?;
        if name.is_empty() || name.contains('+') || bytes.is_empty() {
            return Err(NoteError::Signature);
        }
        Ok(Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        })
    }
}

/// A text with its signatures. That it is one says nothing yet: ask a [`Verifier`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed, with its last newline.
    pub text: String,
    /// By whom, as they say.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Whether some key of these has signed it; none of their signatures may be wrong.
    #[must_use]
    pub fn is_signed_by(&self, keys: &[Verifier]) -> bool {
        let mut any = false;
        for signature in &self.signatures {
            for key in keys.iter().filter(|key| key.is_named_by(signature)) {
                if key.checks(&self.text, signature).is_none() {
                    return false;
                }
                any = true;
            }
        }
        any
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.contains(|c: char| c.is_ascii_control() && c != '\n') {
            return Err(NoteError::Form);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        if text.is_empty() {
            return Err(NoteError::Form);
        }
        let signatures: Vec<_> = lines.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::TooMany);
        }
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }
}
