//! What a client says to PostgreSQL, read from the bytes that pass by (protocol 3.0, front end only).

use std::collections::HashMap;

/// A statement as it was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The SQL with its placeholders.
    pub(crate) sql: String,
    /// What stood in for them.
    pub(crate) values: Vec<Value>,
}

/// A value as it was bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// The type that the client named, by its number in `pg_type`.
    pub(crate) kind: u32,
    /// Whether the bytes are in the binary format.
    pub(crate) binary: bool,
    /// The bytes; none is NULL.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// Follows one connection.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    pending: Vec<u8>,
    started: bool,
    prepared: HashMap<String, (String, Vec<u32>)>,
}

const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

impl Listener {
    /// Takes the next bytes and tells which statements they complete. `None` when they cannot be understood.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Option<Vec<Statement>> {
        self.pending.extend_from_slice(bytes);
        let mut heard = Vec::new();
        loop {
            // Before the start-up message, messages carry no kind.
            let kind_length = usize::from(self.started);
            let Some(length) = self.pending.get(kind_length..kind_length + 4) else {
                break;
            };
            let whole = kind_length + usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
            if self.pending.len() < whole {
                break;
            }
            let message: Vec<u8> = self.pending.drain(..whole).collect();
            let mut body = Reader(message.get(kind_length + 4..)?);
            if self.started {
                heard.extend(self.understand(*message.first()?, &mut body)?);
            } else {
                self.started = !matches!(body.u32()?, SSL_REQUEST | GSS_REQUEST);
            }
        }
        Some(heard)
    }

    /// `Some(None)` is a message that runs nothing.
    #[allow(clippy::option_option, reason = "the outer one is whether the message could be read")]
    fn understand(&mut self, kind: u8, body: &mut Reader<'_>) -> Option<Option<Statement>> {
        match kind {
            b'Q' => Some(Some(Statement {
                sql: body.text()?,
                values: Vec::new(),
            })),
            b'P' => {
                let (name, sql) = (body.text()?, body.text()?);
                let kinds = (0..body.u16()?).map(|_| body.u32()).collect::<Option<Vec<_>>>()?;
                self.prepared.insert(name, (sql, kinds));
                Some(None)
            }
            b'B' => {
                let (_portal, name) = (body.text()?, body.text()?);
                let formats = (0..body.u16()?).map(|_| body.u16()).collect::<Option<Vec<_>>>()?;
                let (sql, kinds) = self.prepared.get(&name)?;
                let mut values = Vec::new();
                for place in 0..usize::from(body.u16()?) {
                    let format = if formats.len() == 1 {
                        formats.first()
                    } else {
                        formats.get(place)
                    };
                    values.push(Value {
                        kind: kinds.get(place).copied().unwrap_or_default(),
                        binary: format == Some(&1),
                        bytes: body.sized()?,
                    });
                }
                Some(Some(Statement {
                    sql: sql.clone(),
                    values,
                }))
            }
            _ => Some(None),
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = String::from_utf8(self.take(end)?.to_vec()).ok()?;
        self.take(1)?;
        Some(text)
    }

    /// Bytes after their length; a length of −1 is NULL.
    #[allow(clippy::option_option, reason = "the outer one is whether the message could be read")]
    fn sized(&mut self) -> Option<Option<Vec<u8>>> {
        let length = self.u32()?.cast_signed();
        match usize::try_from(length) {
            Ok(length) => Some(Some(self.take(length)?.to_vec())),
            Err(_negative) => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [kind, &length, body].concat()
    }

    #[test]
    fn a_prepared_statement_is_heard_with_its_values_however_the_bytes_are_cut() {
        let mut said = message(b"", &SSL_REQUEST.to_be_bytes());
        said.extend(message(b"", &[0, 3, 0, 0, 0]));
        said.extend(message(b"P", b"s1\0SELECT $1, $2\0\0\x02\0\0\0\x14\0\0\0\x19"));
        said.extend(message(
            b"B",
            b"\0s1\0\0\x01\0\x01\0\x02\0\0\0\x02ab\xff\xff\xff\xff\0\0",
        ));
        said.extend(message(b"Q", b"COMMIT\0"));
        for cut in 1..said.len() {
            let mut listener = Listener::default();
            let mut heard = Vec::new();
            for piece in said.chunks(cut) {
                heard.extend(listener.hear(piece).unwrap());
            }
            let value = |kind, bytes| Value {
                kind,
                binary: true,
                bytes,
            };
            let values = vec![value(20, Some(b"ab".to_vec())), value(25, None)];
            let select = Statement {
                sql: "SELECT $1, $2".to_owned(),
                values,
            };
            assert_eq!(
                heard,
                [
                    select,
                    Statement {
                        sql: "COMMIT".to_owned(),
                        values: Vec::new()
                    }
                ]
            );
        }
    }
}
