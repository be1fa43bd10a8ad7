//! What can go wrong, each with its odds in a thousand.

/// The odds of each fault, in a thousand.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// No connection: certain that nothing left.
    pub not_sent: u32,
    /// Lost on the way there: not executed, not answered.
    pub request_lost: u32,
    /// Lost on the way back: executed, not answered.
    pub answer_lost: u32,
    /// A proxy on the way sends it twice, and passes the first answer on.
    pub request_doubled: u32,
    /// Executed, and answered late.
    pub answer_late: u32,
    /// Executed, and answered with something unreadable.
    pub answer_garbled: u32,
    /// Executed, and the answer breaks off somewhere.
    pub answer_cut: u32,
    /// The handshake fails.
    pub socket_refused: u32,
    /// A message and the connection with it are lost, in either direction.
    pub socket_cut: u32,
    /// A message vanishes while the connection seems to stand; so does everything after it.
    pub socket_silent: u32,
    /// A message from the far end arrives twice.
    pub doubled: u32,
    /// A message from the far end breaks off somewhere; what stood in it is lost.
    pub frame_cut: u32,
    /// A message from the far end is overtaken by those behind it.
    pub frame_late: u32,
    /// The far ends restart: no token and no socket survives.
    pub server_restarts: u32,
    /// Every token has died when the till calls.
    pub token_dies: u32,
    /// The till dies: before an append, after it, or between two acts.
    pub crash: u32,
    /// The disk refuses an append.
    pub disk_refuses: u32,
    /// Nobody can tell whether an append was saved: half of the time it was.
    pub disk_is_unsure: u32,
    /// The disk is full: it refuses every append for minutes, and then takes them again.
    pub disk_full: u32,
    /// Somebody sets the clock: by an hour, or by ten years in either direction.
    pub clock_set: u32,
    /// The wall clock runs up to 5 % too fast or too slow, all day long.
    pub clock_drifts: u32,
    /// The machine sleeps for hours.
    pub sleeps: u32,
    /// Somebody closes the lid right after a sale, for minutes.
    pub naps: u32,
}

impl Faults {
    /// A perfect day.
    pub fn none() -> Faults {
        Faults::default()
    }

    /// A random subset of faults, each with odds of its own.
    pub fn swarm(chance: &mut fastrand::Rng) -> Faults {
        let mut odds = |most: u32| if chance.bool() { chance.u32(1..=most) } else { 0 };
        Faults {
            not_sent: odds(100),
            request_lost: odds(100),
            answer_lost: odds(200),
            request_doubled: odds(100),
            answer_late: odds(200),
            answer_garbled: odds(80),
            answer_cut: odds(80),
            socket_refused: odds(300),
            socket_cut: odds(60),
            socket_silent: odds(20),
            doubled: odds(200),
            frame_cut: odds(30),
            frame_late: odds(250),
            server_restarts: odds(60),
            token_dies: odds(30),
            crash: odds(25),
            disk_refuses: odds(40),
            disk_is_unsure: odds(40),
            disk_full: odds(8),
            clock_set: odds(150),
            clock_drifts: odds(500),
            sleeps: odds(20),
            naps: odds(100),
        }
    }
}
