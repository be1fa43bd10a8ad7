//! The refund: `amount`, `purchaseId` and `orderId` in a JSON body, on GET as the paper has it, or
//! on POST. Paper: "Refund Process".

use super::{Barred, Refusal};
use crate::amount::minor_from_decimal;
use crate::books::{RefundBooked, RequestKind};
use crate::json::{Fields, Object};
use crate::phone::Provider;
use crate::request::json_body;
use crate::simulator::Simulator;
use crate::world::OverRefund;
use checkstand_core::message::{Reply, Request};

struct Asked {
    amount_minor: i64,
    purchase_id: String,
    order_id: String,
}

impl Asked {
    fn read(body: &Fields) -> Option<Self> {
        let amount_minor = minor_from_decimal(body.raw("amount")?).filter(|minor| *minor > 0)?;
        Some(Self { amount_minor, purchase_id: body.text("purchaseId")?, order_id: body.text("orderId")? })
    }
}

impl Simulator {
    pub(super) fn refund(&mut self, request: &Request, now_ms: i64) -> Reply {
        let body = json_body(request);
        let order_id = body.as_ref().and_then(|body| body.text("orderId"));
        let let_in = self.let_in(request, now_ms);
        if let Some(order_id) = &order_id {
            let received = self.books.count(order_id, RequestKind::Refund);
            received.token_refused += u32::from(matches!(let_in, Err(Barred::Token(_))));
        }
        if let Err(barred) = let_in {
            return barred.reply();
        }
        let Some(asked) = body.as_ref().and_then(Asked::read) else {
            return self.plain(422, "amount, purchaseId and orderId are required", now_ms);
        };
        let found = self.payments.by_reference(Provider::MisPay, &asked.purchase_id);
        let found = found.filter(|key| self.payments.get(*key).id == asked.order_id);
        let Some((key, left_minor)) =
            found.and_then(|key| self.books.of(key).map(|capture| (key, capture.net_minor())))
        else {
            return self.refuse(Refusal::NotFound, now_ms);
        };
        if asked.amount_minor > left_minor {
            return match self.world.over_refund {
                OverRefund::Me05 => self.refuse(Refusal::NotFound, now_ms),
                OverRefund::InnerFailed => self.success(Object::new().text("status", "failed"), now_ms),
            };
        }
        let refund =
            RefundBooked { id: None, reference: None, amount_minor: asked.amount_minor, refunded_at_ms: now_ms };
        self.books.refund(key, refund);
        self.books.count_executed(&asked.order_id, RequestKind::Refund);
        let reply = self.success(Object::new().text("status", "success"), now_ms);
        self.perhaps_trouble(reply, now_ms)
    }
}
