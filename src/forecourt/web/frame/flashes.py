"""Messages of one step shown on the next page. They travel as a code in a cookie and are worded here, so that no text from outside is ever
shown. Messages only for operators' staff are in English alone."""

from typing import NamedTuple

from forecourt.kernel import Text


class Flash(NamedTuple):
    tone: str
    title: str
    text: str


_DRIVERS = {
    "booked": Flash("good", Text("Booked."), Text("We choose your bay shortly before you arrive.")),
    "changed": Flash("good", Text("Booking changed."), ""),
    "longer": Flash("good", Text("You can stay longer."), ""),
    "queued": Flash("good", Text("You are in the queue."), Text("When it is your turn, we keep a bay for you.")),
    "hoping": Flash("good", Text("We will let you know when it becomes free."), ""),
    "waitlist_left": Flash("good", Text("You are no longer waiting for it."), ""),
    "passed": Flash("good", Text("The next driver goes first."), Text("You stay right behind.")),
    "left_queue": Flash("good", Text("You have left the queue."), ""),
    "at_once": Flash("good", Text("No more waiting."), Text("Your car gets power as soon as there is room for it.")),
    "cancelled": Flash("good", Text("Booking cancelled."), ""),
    "starting": Flash("good", Text("Starting."), Text("We are starting the charger. Plug in if you have not.")),
    "need_kept": Flash("good", Text("Saved."), Text("Power is shared with this in mind.")),
    "revoked": Flash("good", Text("Token revoked."), Text("Software that used it no longer has access.")),
    "app_ended": Flash("good", Text("App disconnected."), Text("It can no longer act for you.")),
    "card_blocked": Flash("good", Text("Card blocked."), Text("It can no longer start a charge.")),
    "card_linked": Flash("good", Text("Card linked."), Text("Hold it to any charger to start.")),
    "member": Flash("good", Text("You are a member."), Text("It is valid from now. The first month is on your receipts.")),
    "plan_changed": Flash("good", Text("Changed."), Text("Your new plan applies from next month.")),
    "plan_cancelled": Flash("good", Text("Cancelled."), Text("It stays valid until the end of the month, and you are not charged again.")),
    "code_taken": Flash("good", Text("Code added."), Text("Your next charge uses it, including one that is running.")),
    "paying": Flash("good", Text("Your payment is on its way."), Text("As soon as it arrives, you can charge again.")),
    "email_changed": Flash("good", Text("Your email address has been changed."), Text("From now on, sign in with the new one.")),
    "email_back": Flash("good", Text("Your old address is back."), Text("Everyone is signed out. Choose a new password.")),
    "buyer_corrected": Flash("good", Text("A new bill was made out."), Text("A credit note cancels the earlier one.")),
    "complained": Flash("good", Text("Your message is with the operator."), Text("We will let you know the outcome.")),
    "loading": Flash("good", Text("We are charging your card."), Text("The amount is on your balance as soon as your card is accepted.")),
    "auto_kept": Flash("good", Text("Saved."), ""),
    "returning": Flash("good", Text("Your refund is on its way."), Text("Your bank will show it in a few days.")),
    "pay_by_kept": Flash("good", Text("Changed."), Text("Your next charge is paid this way.")),
    "fleet_listed": Flash("good", Text("All changes applied."), Text("New drivers get an email that tells them how to sign in.")),
    "fleet_invited": Flash("good", Text("Driver added to your fleet."), Text("An email tells them how to sign in.")),
    "fleet_stop": Flash("good", Text("We have asked the charger to stop."), Text("The bill follows once it has stopped.")),
    "fleet_left": Flash("good", Text("Driver removed from your fleet."), Text("Their cards are blocked.")),
    "mandate_given": Flash("good", Text("Saved."), Text("Your statements are collected from it. An email confirms what you agreed.")),
    "mandate_ended": Flash("good", Text("The mandate has ended."), Text("What your bank has already been asked for is still collected.")),
    "card_stored": Flash("good", Text("Card stored."), ""),
    "card_default": Flash("good", Text("Changed."), Text("This card is charged from now on.")),
    "card_removed": Flash("good", Text("Card removed."), ""),
    "password_chosen": Flash(
        "good", Text("Your new password is set."), Text("Everyone else who was signed in to this account has been signed out.")
    ),
    "password_changed": Flash(
        "good", Text("Your password has been changed."), Text("You are signed out in other browsers. API tokens keep working.")
    ),
    "account_closed": Flash(
        "good",
        Text("Your account is closed."),
        Text("Your personal details have been removed. We keep receipts because the law requires it."),
    ),
    "factor_off": Flash("good", Text("The second factor is off."), Text("You now sign in with your password only.")),
    "signed_out": Flash("good", Text("You are signed out."), ""),
    "signed_out_meanwhile": Flash(
        "warn",
        Text("You are no longer signed in."),
        Text("Sign in to go back to where you were. What you just sent was not saved."),
    ),
    "signed_out_typing": Flash(
        "warn",
        Text("You are no longer signed in."),
        Text("Sign in, and what you entered will be there again. It has not been sent yet."),
    ),
    "welcome": Flash("good", Text("Welcome."), Text("Your account is ready.")),
}
_PARTNERS = {
    "voucher_taken": Flash("good", Text("Voucher redeemed."), Text("It will be on your statement.")),
    "line_asked": Flash("good", Text("Your question is with the operator."), Text("We will email you the answer, and show it here.")),
}
_STAFF = {
    "company_only": Flash("warn", "Your company requires you to sign in through it.", "You cannot sign in here with your password."),
    "sso_on": Flash("good", "Single sign-on works.", "Your team signs in with it from now on."),
    "charger_leaves": Flash(
        "good", "The charger will leave service.", "Later bookings are moved to another bay, or the drivers are notified."
    ),
    "charger_stays": Flash("good", "The charger stays in service.", "Cancelled bookings stay cancelled."),
    "card_moved": Flash("good", "The card is moved to this driver.", "Earlier charges with it stay with its previous holder."),
    "cancelled_for": Flash("good", "Booking cancelled.", "The driver is notified."),
    "start_asked": Flash("good", "The start is requested.", "If an amount has to be held first, the charger is asked once it is held."),
    "test_begun": Flash("good", "Test started.", "It takes a few minutes. Until it ends, all the socket can draw is kept free."),
    "test_cancelled": Flash("good", "Test cancelled.", "The socket's earlier result still applies."),
    "energy_costs": Flash("good", "Energy prices saved.", "They apply from the next plan."),
    "plant_kept": Flash("good", "Saved.", "The next plan takes it into account. It raises no limit."),
    "hosts_kept": Flash("good", "Saved.", "The shares apply to what is issued from then on; the log shows who changed what."),
    "hours_kept": Flash("good", "Saved.", "The change is in the log."),
    "cards_told": Flash("good", "Saved.", "Online chargers get the list within a minute. Each charger's page shows what it has stored."),
    "limit_aside": Flash("good", "Limit set aside.", "Plans ignore it until the charger reports it again. The log shows who did it."),
    "limits_kept": Flash("good", "Limits saved.", "The next plan applies them within seconds. The change is in the log."),
    "allowance_kept": Flash("good", "Limit set.", "The next plan applies it, and cars are reduced six minutes before it starts."),
    "allowance_lifted": Flash("good", "Limit lifted.", "Its source can set it again."),
    "sharing_kept": Flash("good", "Saved.", "It applies from the next plan."),
    "booking_rules": Flash("good", "Rules saved.", "They apply from now on."),
    "question_answered": Flash("good", "Answered.", "The partner is sent your answer."),
    "question_corrected": Flash(
        "good", "Corrected.", "The correction is in the ledger and goes on the partner's next statement. The partner is sent your answer."
    ),
    "credited": Flash("good", "Credited.", "What was paid is being refunded."),
    "credited_on_account": Flash("good", "Credited.", "Nothing is refunded now: it is deducted from the next statement."),
    "credited_unpaid": Flash("good", "Credited.", "It was unpaid, so nothing is refunded: it is no longer owed."),
    "credited_had": Flash(
        "good", "Credited.", "The cardholder's bank has already returned it, so nothing is refunded: it is no longer a loss."
    ),
    "credited_by_hand": Flash("warn", "Credited.", "Paid by bank transfer: the refund is listed under Documents, Refunds by transfer."),
    "declined": Flash("good", "Declined.", "The driver is sent your reason."),
    "payback_returned": Flash("warn", "Marked as returned.", "It is to be refunded again: ask for the right account first."),
    "payback_dropped": Flash("good", "Removed from the list.", "If the money comes back to you after all, it is owed again."),
    "payback_card": Flash("good", "The card refund is being retried.", "If it fails again, it returns to this list."),
    "hand_posted": Flash("good", "Posted.", "It cannot be changed, but another entry can reverse it."),
    "hand_reversed": Flash("good", "Reversed.", "Both entries stay in the ledger."),
    "collection_made": Flash("good", "The file is created.", "Download it from the list and send it to your bank before the debit date."),
    "collection_withdrawn": Flash(
        "warn", "The file is withdrawn.", "Its statements can go into another file. Make sure that your bank does not have it."
    ),
    "mandates_settled": Flash("good", "The mandates are updated.", "Their payers get an email."),
    "collection_refused": Flash("warn", "Marked as not collected.", "It is owed again, and the payer is notified."),
    "transfers_made": Flash("good", "The file is created.", "Download it from the list and send it to your bank."),
    "transfers_withdrawn": Flash(
        "warn", "The file is withdrawn.", "Its payments can go into another file. Make sure that your bank does not have it."
    ),
    "late_credited": Flash("good", "Credited.", "What was overpaid is refunded the way it was paid."),
    "late_billed": Flash("good", "Billed.", "It is charged in the same way as the first bill, which stays as it is."),
    "bank_read": Flash("good", "Statement read.", "Known lines are matched or posted; the others are listed below."),
    "bank_kept": Flash("good", "All lines are saved.", "Matching this many takes a moment; the page shows the progress."),
    "bank_known": Flash("good", "Nothing new.", "All its lines were already here; the open ones were checked again."),
    "paid_back": Flash("good", "Marked as refunded.", "It is posted in the ledger; the log shows who recorded it."),
    "asked_back": Flash("good", "Requested.", "That amount of the statement is owed again, and the payer is notified."),
    "kept": Flash("good", "Done.", "The log shows who did it."),
    "event_sent": Flash("good", "The event is on its way.", "Reload this page for the answer."),
    "plan_made": Flash("good", "The plan is published.", "Drivers can join it from now on."),
    "plan_revised": Flash("good", "The plan is changed.", "New members get the changed plan; existing members keep what they bought."),
    "plan_closed": Flash("good", "The plan is closed to new members.", "Existing members stay: they keep paying and keep their benefits."),
    "plan_opened": Flash("good", "The plan is open to new members again.", ""),
    "coupon_made": Flash("good", "The coupon is created.", "Its code is below; anyone who enters it can use it."),
    "coupon_paused": Flash("good", "The coupon is paused.", "It cannot be claimed now; drivers who already have it can still use it."),
    "coupon_resumed": Flash("good", "The coupon can be claimed again.", ""),
    "partner_added": Flash("good", "The partner is added.", "It signs in with the details you entered; create an offer for it below."),
    "partner_changed": Flash("good", "The details are saved.", "They apply to statements from now on."),
    "partner_account": Flash("good", "The account is saved.", "Transfers from now on go there; the log shows who changed it."),
    "partner_vat": Flash("good", "The VAT status is saved.", "It applies to statements from now on; the log shows who changed it."),
    "partner_paused": Flash("good", "The partner is paused.", "Its offers are hidden. Vouchers already given stay valid."),
    "partner_resumed": Flash("good", "The partner is active again.", "Its offers are shown again."),
    "partner_ended": Flash("good", "The partner has left.", "The open balance is on its last statement."),
    "offer_made": Flash("good", "The offer is created.", "Drivers see it at the sites where it applies."),
    "offer_paused": Flash("good", "The offer is paused.", "No more vouchers are given for it."),
    "offer_resumed": Flash("good", "The offer is active again.", ""),
    "statement_made": Flash("good", "The statement is issued.", "It is listed below with the amount to pay."),
    "statement_settled": Flash("good", "The statement is settled.", "It is posted in the ledger with your reference."),
    "joined": Flash("good", "Registered with the partner.", "Its tokens are fetched, and your sites are pushed to it, within minutes."),
    "renewed": Flash("good", "Renewed.", "Both use new credentials tokens from now on."),
    "parted": Flash("good", "The connection is ended.", "Neither side accepts the other any more."),
    "parted_untold": Flash("warn", "The connection is ended.", "The partner could not be notified, but it is no longer accepted."),
    "sent_again": Flash("good", "It is being sent again.", "Check back in a minute."),
    "reads_again": Flash("good", "It will be read again.", "This happens within the hour; missing items that are found leave the list."),
    "month_closed": Flash("good", "The month is closed.", "Late items are dated to the first open day and show which day they are about."),
    "price_acknowledged": Flash(
        "good", "Price acknowledged.", "It needs review again if the price, the sockets' power, the region or the rule changes."
    ),
    "price_reopened": Flash("good", "Acknowledgement withdrawn.", "The price needs review again."),
    "looked_at": Flash("good", "Marked as reviewed.", ""),
    "approved": Flash("good", "Charger approved.", "It can be used from its next message."),
    "card_given": Flash("good", "The card is added.", "It can start charges from now on."),
    "card_unblocked": Flash("good", "The card is unblocked.", ""),
    "terminal_off": Flash("good", "Card terminal disabled.", "Amounts held by it are released; a running charge is still billed."),
    "charger_retired": Flash("good", "Charger taken out of service.", "It can no longer connect. Its charges and bills are kept."),
    "site_added": Flash("good", "Site added.", "Drivers see it once it has a charger."),
    "price_published": Flash("good", "Published.", "Running charges keep their price."),
    "price_scheduled": Flash("good", "Scheduled.", "It applies from its start date; until then it can be withdrawn below."),
    "price_withdrawn": Flash("good", "Withdrawn.", "The version before it continues."),
    "entry_kept": Flash("good", "The price applies.", "Running charges keep theirs."),
    "entry_ended": Flash("good", "The price has ended.", "Running charges keep it."),
    "groups_kept": Flash("good", "The groups are saved.", ""),
    "rules_kept": Flash("good", "The rules are saved.", "Better prices are calculated once a day, or now."),
    "proposed": Flash("good", "Done.", "The proposal is below."),
    "no_proposal": Flash("good", "Done.", "No prices within the rules earn enough more than today's."),
    "price_approved": Flash("good", "Approved.", "Running charges keep their price."),
    "price_rejected": Flash("good", "Rejected.", "The price stays as it is."),
    "refused": Flash("good", "Charger refused.", "It stays listed but cannot be used."),
}
FLASHES = {**_DRIVERS, **_PARTNERS, **_STAFF}
