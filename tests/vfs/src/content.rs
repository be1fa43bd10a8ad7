//! The bytes of a file, in pieces that copies share until one of them is written to: an image is taken at each crash point.

use std::sync::{Arc, Mutex};

const PIECE_BYTES: usize = 4_096;
/// So many pieces that nobody uses are kept: a log of a hundred megabytes comes and goes with each day that is simulated, and
/// memory from the system is slow.
const SPARE_MAX: usize = 65_536;

type Piece = Arc<[u8; PIECE_BYTES]>;

static SPARE: Mutex<Vec<Piece>> = Mutex::new(Vec::new());

fn spare() -> std::sync::MutexGuard<'static, Vec<Piece>> {
    SPARE.lock().expect("no holder of this lock panics")
}

/// A piece that may be written to.
fn own(piece: &mut Piece) -> &mut [u8; PIECE_BYTES] {
    if Arc::get_mut(piece).is_none() {
        let taken = spare().pop();
        *piece = match taken {
            Some(mut taken) => {
                Arc::get_mut(&mut taken).expect("nobody shares a spare piece").copy_from_slice(piece.as_slice());
                taken
            }
            None => Arc::new(**piece),
        };
    }
    Arc::get_mut(piece).expect("it is nobody else's")
}

/// The bytes of a file. A copy is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pieces: Vec<Piece>,
    len: usize,
}

impl Content {
    /// How many bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads into `into` from this place on, and says how many bytes there were.
    pub fn read(&self, at: usize, into: &mut [u8]) -> usize {
        let end = self.len.min(at.saturating_add(into.len()));
        let mut place = at;
        while place < end {
            let (piece, inner) = (place / PIECE_BYTES, place % PIECE_BYTES);
            let count = (PIECE_BYTES - inner).min(end - place);
            into[place - at..place - at + count].copy_from_slice(&self.pieces[piece][inner..inner + count]);
            place += count;
        }
        end.saturating_sub(at)
    }

    /// All of it.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = vec![0; self.len];
        self.read(0, &mut all);
        all
    }

    /// Writes from this place on; what lies between the end and it is zeros.
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if end > self.len {
            self.set_len(end);
        }
        let mut done = 0;
        while done < bytes.len() {
            let (piece, inner) = ((at + done) / PIECE_BYTES, (at + done) % PIECE_BYTES);
            let count = (PIECE_BYTES - inner).min(bytes.len() - done);
            own(&mut self.pieces[piece])[inner..inner + count].copy_from_slice(&bytes[done..done + count]);
            done += count;
        }
    }

    /// Cuts the end off, or adds zeros to it.
    pub fn set_len(&mut self, len: usize) {
        let pieces = len.div_ceil(PIECE_BYTES);
        if len < self.len {
            self.pieces.truncate(pieces);
            // What is added later must not bring back what was cut off.
            if let Some(last) = self.pieces.last_mut().filter(|_| !len.is_multiple_of(PIECE_BYTES)) {
                own(last)[len % PIECE_BYTES..].fill(0);
            }
        } else if pieces > self.pieces.len() {
            let zeros = Arc::new([0; PIECE_BYTES]);
            self.pieces.resize(pieces, zeros);
        }
        self.len = len;
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        let mut spare = spare();
        let room = SPARE_MAX.saturating_sub(spare.len());
        spare.extend(
            self.pieces
                .drain(..)
                .filter_map(|mut piece| Arc::get_mut(&mut piece).is_some().then_some(piece))
                .take(room),
        );
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Content {
        let mut content = Content::default();
        content.write(0, bytes);
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_a_plain_list_of_bytes_is() {
        let mut chance = fastrand::Rng::with_seed(1);
        let (mut content, mut plain) = (Content::default(), Vec::new());
        for _ in 0..2_000 {
            let at = chance.usize(0..20_000);
            if chance.u32(0..8) == 0 {
                content.set_len(at);
                plain.resize(at, 0);
            } else {
                let bytes = vec![chance.u8(..); chance.usize(0..9_000)];
                content.write(at, &bytes);
                if !bytes.is_empty() {
                    plain.resize(plain.len().max(at + bytes.len()), 0);
                    plain[at..at + bytes.len()].copy_from_slice(&bytes);
                } else {
                    plain.resize(plain.len().max(at), 0);
                }
            }
            assert_eq!(content.to_vec(), plain);
        }
    }
}
