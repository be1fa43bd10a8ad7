//! Worlds: one switch for each thing that the two papers leave open. The till must keep its
//! promises in all of them.

mod choices;

pub use choices::PairsMet;

/// What MultiPay does when a cancel arrives for a payment that is already complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAfterCompletion {
    /// PROBLEM unexpected-error; the money stays captured.
    Errors,
    /// The capture is reversed and a message with REVERSED follows.
    Reverses,
}

/// Which message tells of a reversal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReversalMessage {
    /// PAYMENT_RECEIPT with paymentState REVERSED.
    Receipt,
    /// STATUS_UPDATE with paymentState REVERSED.
    StatusUpdate,
    /// The receipt, and then STATUS_UPDATE with CANCELED as for any payment that was called off.
    ReceiptAndCanceled,
}

/// What becomes of an open socket when another one logs on with the same terminal id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoSockets {
    /// The server closes the older one.
    OlderIsClosed,
    /// Both stay, and each message goes to both.
    BothStay,
}

/// The words of MIS Pay's `order.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusWords {
    /// The paper's example: success, in-progress, canceled, failed.
    Words,
    /// Those that the vendor's plugins also meet: `pending` and `error`.
    PluginWords,
    /// The paper's status codes: MP00, MP01, MP02, and MP03 once all of it went back; where no code
    /// exists, the word.
    Codes,
}

/// How MIS Pay refuses a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// "Token is not valid."
    Me10,
    /// "Session Expired."
    Me11,
    /// HTTP 401 with a body that is not the paper's.
    Bare401,
}

/// How MIS Pay refuses a payment code whose life has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeExpired {
    /// "InStore Purchase Session is invalid."
    Me04,
    /// "Session Expired.": the session is then the customer's, not the token.
    Me11,
}

/// How MIS Pay refuses to give back more than is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverRefund {
    /// A refusal with "Transaction not found."
    Me05,
    /// The outer status says success, `result.status` says failed.
    InnerFailed,
}

/// What a payment becomes when nobody acts in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// Canceled: MIS Pay `canceled`, MultiPay STATUS_UPDATE CANCELED.
    Canceled,
    /// Failed: MIS Pay `failed`, MultiPay STATUS_UPDATE ERROR.
    Failed,
}

/// The unit of MultiPay's amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountUnit {
    /// 20105
    Minor,
    /// 201.05
    Decimal,
}

/// Which ids the receipt of a MultiPay refund bears as its paymentId.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundReceiptId {
    /// The refund's own.
    Own,
    /// The sale's.
    Sales,
}

/// What a MultiPay cancel of an id that the far end has never seen gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCancel {
    /// PROBLEM unexpected-error.
    Errors,
    /// STATUS_UPDATE CANCELED; a later PAYMENT_INIT_REQUEST with that id is refused.
    Confirms,
}

/// Whether MultiPay says COMPLETE in a STATUS_UPDATE, beside the receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompleteUpdate {
    /// Only the receipt tells.
    Never,
    /// Before the receipt, which follows up to [`RECEIPT_LAG_MS_MAX`] later.
    Before,
    /// After it.
    After,
    /// Before it; and one receipt in [`TROUBLE_ONE_IN`] never comes.
    Instead,
}

/// A set of answers to the open questions. The default is the friendliest reading of the papers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// MIS Pay: is `orderId` enforced unique? True: a second POST /purchase with it is refused
    /// (ME04).
    pub order_id_unique: bool,
    /// MIS Pay: is a payment code single-use? True: a second purchase with it is refused (ME04).
    pub code_single_use: bool,
    /// MultiPay: are messages that found no socket delivered after the next logon?
    pub replay_after_reconnect: bool,
    /// MultiPay: what does a cancel of a complete payment do?
    pub cancel_after_completion: CancelAfterCompletion,
    /// MultiPay: may a refund be less than the whole, and be repeated?
    pub partial_refunds: bool,
    /// MIS Pay: does `purchaseAmount` fall after a refund?
    pub details_reflect_refunds: bool,
    /// MIS Pay: does the purchase id exist, and `GET /purchase/<id>` answer, before the purchase is
    /// paid?
    pub readable_before_paid: bool,
    /// MultiPay: two sockets with one terminal id.
    pub two_sockets: TwoSockets,
    /// MIS Pay: one executed money request in [`TROUBLE_ONE_IN`] is answered with 429 or 5xx all
    /// the same.
    pub executed_5xx: bool,

    /// MIS Pay: one request in [`TROUBLE_ONE_IN`] is turned away with 429 or 5xx, and not executed.
    pub turned_away_5xx: bool,
    /// MIS Pay: the HTTP status of a refusal, 200 or 400.
    pub refusal_http_status: u16,
    /// MIS Pay: `error :: 400` as in the paper, or `error : 400`.
    pub refusal_two_colons: bool,
    /// MIS Pay: `ExceptionType.ME01` as in the paper, or `ME01`.
    pub refusal_prefix: bool,
    /// Both: amounts in answers as JSON strings instead of numbers.
    pub amounts_as_text: bool,
    /// MIS Pay: the words of `order.status`.
    pub status_words: StatusWords,
    /// MIS Pay: one status answer in [`FLAP_ONE_IN`] of an open purchase wrongly says failed, never
    /// twice running.
    pub status_flaps: bool,
    /// MIS Pay: one status answer in [`FLAP_ONE_IN`] of an open purchase says a word that no paper
    /// knows.
    pub status_strange_words: bool,
    /// MIS Pay: a completed `order` carries its purchaseId only; amount and orderId are left to the
    /// details.
    pub completed_order_is_bare: bool,
    /// MIS Pay: for how long /status does not know a new trackId (ME05), in milliseconds.
    pub track_lag_ms: i64,
    /// MIS Pay: a token that was never issued, or was revoked.
    pub invalid_token: TokenRefusal,
    /// MIS Pay: a token whose life has passed. Is ME11 the token or the session?
    pub expired_token: TokenRefusal,
    /// MIS Pay: a payment code whose life has passed.
    pub expired_code: CodeExpired,
    /// MIS Pay: life of an issued payment code, in milliseconds.
    pub code_life_ms: i64,
    /// MIS Pay: digits of an issued payment code, 4 to 12. The first may be zero.
    pub code_digits: u8,
    /// MIS Pay: a refund of more than is left.
    pub over_refund: OverRefund,
    /// MIS Pay: the decrypted token object also carries `expiration`, in ISO time.
    pub token_expiration: bool,
    /// HTTP: answers carry a `Date` header.
    pub date_header: bool,
    /// Both: the server's clock is ahead of the caller's by this, in milliseconds: Date, `iat`,
    /// `exp`, purchaseDate.
    pub clock_ahead_ms: i64,
    /// Both: how long a payment waits for its customer, in milliseconds.
    pub session_life_ms: i64,
    /// Both: what it becomes then.
    pub session_end: SessionEnd,

    /// MultiPay: the unit of amounts, both ways. The till's setting must say the same.
    pub amount_unit: AmountUnit,
    /// MultiPay: the payment object in server messages is called `paymentDetails` instead of
    /// `payment`.
    pub payment_details_key: bool,
    /// MultiPay: PAYMENT_INIT_RESPONSE carries a paymentState.
    pub init_response_state: bool,
    /// MultiPay: PAYMENT_INIT_RESPONSE carries a `qrCode`.
    pub init_response_qr: bool,
    /// MultiPay: a PROBLEM names the paymentId it is about.
    pub problem_names_payment: bool,
    /// MultiPay: the text of a PROBLEM is called `description` instead of `detail`.
    pub problem_description_key: bool,
    /// MultiPay: receipts echo customerOrderId and saleTransactionId.
    pub receipt_echoes: bool,
    /// MultiPay: which paymentId the receipt of a refund bears.
    pub refund_receipt_id: RefundReceiptId,
    /// MultiPay: the receipt of a refund says REVERSED instead of COMPLETE.
    pub refund_receipt_reversed: bool,
    /// MultiPay: how long after the refund its receipt comes, in milliseconds.
    pub refund_receipt_delay_ms: i64,
    /// MultiPay: how a reversal is told.
    pub reversal_message: ReversalMessage,
    /// MultiPay: is a cancel accepted before PAYMENT_INIT_RESPONSE has left?
    pub cancel_before_init: bool,
    /// MultiPay: the first cancel of each payment fails with unexpected-error.
    pub first_cancel_fails: bool,
    /// MultiPay: a cancel of an id never seen.
    pub unknown_cancel: UnknownCancel,
    /// MultiPay: the longest time before a direct answer, in milliseconds. The till gives up on an
    /// init after 15 s.
    pub answer_delay_ms_max: i64,
    /// MultiPay: the socket is closed when its token's life has passed.
    pub token_end_closes_socket: bool,
    /// MultiPay: is a payment also said to be complete by a STATUS_UPDATE?
    pub complete_update: CompleteUpdate,

    /// MIS Pay: one completed purchase in [`TROUBLE_ONE_IN`] never tells its purchaseId in /status.
    pub purchase_id_missing: bool,
    /// MIS Pay: the details of one completed purchase in [`TROUBLE_ONE_IN`] are not to be had (ME05).
    pub details_missing: bool,
    /// MIS Pay: by how much more than a refund `purchaseAmount` falls, where it falls at all: a fee,
    /// in minor units.
    pub details_fee_minor: i64,
}

/// How often trouble strikes in a world that has it.
pub const TROUBLE_ONE_IN: u64 = 8;
/// How much later than the word COMPLETE a receipt may come, in milliseconds: the till waits for 30 s.
pub const RECEIPT_LAG_MS_MAX: i64 = 60_000;
/// How often a status answer is odd in a world that has it.
pub const FLAP_ONE_IN: u64 = 8;
/// The number of worlds that [`World::numbered`] knows: nine switches.
pub const WORLDS_NUMBERED: u16 = 512;

impl Default for World {
    fn default() -> Self {
        Self {
            order_id_unique: true,
            code_single_use: true,
            replay_after_reconnect: true,
            cancel_after_completion: CancelAfterCompletion::Errors,
            partial_refunds: true,
            details_reflect_refunds: true,
            readable_before_paid: false,
            two_sockets: TwoSockets::OlderIsClosed,
            executed_5xx: false,
            turned_away_5xx: false,
            refusal_http_status: 400,
            refusal_two_colons: true,
            refusal_prefix: true,
            amounts_as_text: false,
            status_words: StatusWords::Words,
            status_flaps: false,
            status_strange_words: false,
            completed_order_is_bare: false,
            track_lag_ms: 0,
            invalid_token: TokenRefusal::Me10,
            expired_token: TokenRefusal::Me11,
            expired_code: CodeExpired::Me04,
            code_life_ms: 15 * 60_000,
            code_digits: 6,
            over_refund: OverRefund::Me05,
            token_expiration: false,
            date_header: true,
            clock_ahead_ms: 0,
            session_life_ms: 15 * 60_000,
            session_end: SessionEnd::Canceled,
            amount_unit: AmountUnit::Minor,
            payment_details_key: false,
            init_response_state: true,
            init_response_qr: true,
            problem_names_payment: true,
            problem_description_key: false,
            receipt_echoes: true,
            refund_receipt_id: RefundReceiptId::Own,
            refund_receipt_reversed: false,
            refund_receipt_delay_ms: 200,
            reversal_message: ReversalMessage::Receipt,
            cancel_before_init: true,
            first_cancel_fails: false,
            unknown_cancel: UnknownCancel::Errors,
            answer_delay_ms_max: 300,
            token_end_closes_socket: false,
            complete_update: CompleteUpdate::Never,
            purchase_id_missing: false,
            details_missing: false,
            details_fee_minor: 0,
        }
    }
}

impl World {
    /// One of the 512 combinations of the nine switches; everything else as in the default. Bit 0
    /// is `order_id_unique`, and so on in the order of the fields; a set bit is true, `Reverses` or
    /// `BothStay`.
    ///
    /// # Panics
    /// From [`WORLDS_NUMBERED`] on.
    pub fn numbered(number: u16) -> Self {
        Self::default().with_nine(number)
    }

    /// This world with its nine switches set as in [`World::numbered`].
    ///
    /// # Panics
    /// From [`WORLDS_NUMBERED`] on.
    pub fn with_nine(self, number: u16) -> Self {
        assert!(number < WORLDS_NUMBERED, "there are {WORLDS_NUMBERED} worlds, no number {number}");
        let bit = |place: u16| number >> place & 1 == 1;
        Self {
            order_id_unique: bit(0),
            code_single_use: bit(1),
            replay_after_reconnect: bit(2),
            cancel_after_completion: if bit(3) {
                CancelAfterCompletion::Reverses
            } else {
                CancelAfterCompletion::Errors
            },
            partial_refunds: bit(4),
            details_reflect_refunds: bit(5),
            readable_before_paid: bit(6),
            two_sockets: if bit(7) { TwoSockets::BothStay } else { TwoSockets::OlderIsClosed },
            executed_5xx: bit(8),
            ..self
        }
    }
}
