"""Who may ask for what: every route with every role, as a table. A route without a row fails, and so does a row without a route.

Columns: nobody; Ada, whose things they are; Bob, another driver; the café's till; the operator; another operator;
one of the operator's people who may only look.
y may; S must sign in; F may not (403); H hidden, it does not exist for them (404); m may ask, and is told there is nothing (404) or
that it cannot be done now; . a stream that does not end, looked at in the tests of live pages.
"""

from datetime import date, datetime

import pytest

from forecourt.messengers import HttpRequester
from forecourt.roaming import OcpiHandshake
from forecourt.web import create_app
from roaming.conftest import ports_of

from .conftest import Browser, Scene
from .role_scene import ROLES, filled, parameters_of, peopled, routes_of

TABLE = """
GET /                                                  y y y y y y y
GET /account                                           S y y y y y y
POST /account/cards                                    S y y F F F F
POST /account/cards/block                              S y H F F F F
GET /account/email                                     S y y y y y y
POST /account/email                                    S m m m m m m
GET /email/{key}                                       y y y y y y y
POST /email/{key}                                      F y y y y y y
GET /account/data                                      S y y F F F F
GET /account/data.json                                 S y y F F F F
POST /account/close                                    S y y F F F F
GET /account/details                                   S y y F F F F
POST /account/details                                  S y y F F F F
GET /account/bay                                       S y y F F F F
POST /account/bay                                      S y y F F F F
GET /account/messages                                  S y y F F F F
POST /account/messages                                 S y y F F F F
POST /account/devices                                  S y y F F F F
POST /account/devices/{device_id}/remove               S y H F F F F
GET /sw.js                                             y y y y y y y
GET /app.webmanifest                                   y y y y y y y
GET /offline                                           y y y y y y y
POST /account/apps/{family}/end                         S y y F F F F
GET /oauth/authorize                                   S F F F F F F
POST /oauth/authorize                                  S F F F F F F
POST /oauth/token                                      y y y y y y y
POST /oauth/revoke                                     y y y y y y y
GET /.well-known/oauth-authorization-server            y y y y y y y
POST /account/tokens                                   S F F F F F F
POST /account/tokens/{digest}/revoke                   S y y y y y y
GET /api/v1/benefits                                   S y y F F F F
GET /api/v1/bookings                                   S y y F F F F
POST /api/v1/bookings                                  S y y F F F F
DELETE /api/v1/bookings/{booking_id}                   S y H F F F F
GET /api/v1/bookings/{booking_id}                      S y H F F F F
PUT /api/v1/bookings/{booking_id}                      S y H F F F F
POST /api/v1/bookings/{booking_id}/longer              S m H F F F F
POST /api/v1/bookings/{booking_id}/blocked             S m H F F F F
GET /api/v1/bay-need                                   S y y F F F F
PUT /api/v1/bay-need                                   S y y F F F F
POST /api/v1/bookings/{booking_id}/other-car           S m H F F F F
POST /api/v1/bookings/{booking_id}/deposit             S m H F F F F
GET /api/v1/bookings/{booking_id}/ocpi                 S y H F y H y
POST /api/v1/bookings/series                           S y y F F F F
GET /api/v1/fleet/charges                              S y H F F F F
GET /api/v1/fleet/drivers                              S y H F F F F
GET /api/v1/fleet/sums                                 S y H F F F F
POST /api/v1/fleet/drivers                             S y H F F F F
GET /api/v1/fleet/drivers/{driver_id}                  S y H F F F F
PUT /api/v1/fleet/drivers/{driver_id}                  S y H F F F F
DELETE /api/v1/fleet/drivers/{driver_id}               S y H F F F F
PUT /api/v1/fleet/drivers/{driver_id}/cards/{uid}      S y H F F F F
GET /fleet                                             S y H F F F F
GET /fleet/charges.csv                                 S y H F F F F
GET /fleet/sums.csv                                    S y H F F F F
POST /fleet/drivers                                    S y H F F F F
GET /fleet/list                                        S y H F F F F
POST /fleet/list                                       S m H F F F F
GET /fleet/list.csv                                    S y H F F F F
POST /fleet/list/take                                  S m H F F F F
GET /fleet/drivers/{driver_id}                         S y H F F F F
POST /fleet/drivers/{driver_id}/cards                  S y H F F F F
POST /fleet/drivers/{driver_id}/cards/state            S y H F F F F
POST /fleet/drivers/{driver_id}/centre                 S y H F F F F
POST /fleet/drivers/{driver_id}/limits                 S y H F F F F
POST /fleet/drivers/{driver_id}/leave                  S y H F F F F
POST /fleet/drivers/{driver_id}/charges/{session_id}/stop S m H F F F F
GET /api/v1/fleet                                      S y y F F F F
GET /api/v1/message-choices                            S y y F F F F
PUT /api/v1/message-choices                            S y y F F F F
GET /api/v1/me                                         S y y y y y y
POST /api/v1/me/cards/{uid}/block                      S y H F F F F
GET /api/v1/charges                                    S y y F F F F
POST /api/v1/charges                                   S y y F F F F
GET /api/v1/start                                      S m m F F F F
POST /api/v1/start/look-ups                            S m m F F F F
GET /api/v1/charges/{session_id}                       S y H F F F F
POST /api/v1/charges/{session_id}/stop                 S y H F F F F
POST /api/v1/codes                                     S y y F F F F
GET /api/v1/codes/{code}                               S y y F F F F
GET /api/v1/ocpi/booking-locations                     S F F F y y y
POST /api/v1/ocpi/booking-requests/check               S F F F y H y
GET /api/v1/ocpi/bookings                              S F F F y y y
DELETE /api/v1/membership                              S m m F F F F
GET /api/v1/membership                                 S m m F F F F
POST /api/v1/membership                                S y y F F F F
PUT /api/v1/membership                                 S m m F F F F
POST /api/v1/needs                                     S y y F F F F
GET /api/v1/openapi.json                               y y y y y y y
GET /api/v1/partner/offers                             S F F y F F F
POST /api/v1/partner/redemptions                       S F F y F F F
GET /api/v1/partner/redemptions/{code}                 S F F y F F F
GET /api/v1/partner/vouchers                           S F F y F F F
GET /api/v1/partner-statements                         S F F y y y y
GET /api/v1/partner-statements/{name}                  S F F y y H y
GET /api/v1/disputes                                   S F F F y y y
GET /api/v1/disputes/{name}                            S F F F y H y
POST /api/v1/partner/vouchers                          S F F y F F F
GET /api/v1/plans                                      S y y F F F F
GET /api/v1/tariffs/{version_id}                       S F F F y H y
GET /api/v1/prices                                     S F F F y y y
POST /api/v1/prices                                    S F F F y y F
DELETE /api/v1/prices/{entry_id}                       S F F F y H F
POST /api/v1/quotes                                    S y y y y y y
GET /api/v1/queue                                      S y y F F F F
POST /api/v1/queue                                     S y y F F F F
DELETE /api/v1/queue/{ticket_id}                       S y H F F F F
GET /api/v1/queue/{ticket_id}                          S y H F F F F
POST /api/v1/queue/{ticket_id}/pass                    S y H F F F F
GET /api/v1/waitlist                                   S y y F F F F
POST /api/v1/waitlist                                  S y y F F F F
GET /api/v1/waitlist/{wait_id}                         S y H F F F F
DELETE /api/v1/waitlist/{wait_id}                      S y H F F F F
POST /api/v1/waitlist/{wait_id}/take                   S m H F F F F
GET /api/v1/receipts                                   S y y F F F F
GET /api/v1/receipts/{name}                            S y H F F F F
POST /api/v1/receipts/{number}/complaints              S y H F F F F
GET /api/v1/dues                                       S y y F F F F
POST /api/v1/dues/{document_id}/pay                    S y H F F F F
GET /api/v1/statements                                 S y y F y y y
GET /api/v1/statements/{name}                          S H H F H H H
GET /api/v1/reference                                  y y y y y y y
GET /api/v1/schema                                     y y y y y y y
GET /api/v1/schema/openapi.json                        y y y y y y y
GET /api/v1/schema/{path}                              H H H H H H H
GET /api/v1/sites                                      y y y y y y y
GET /api/v1/sites/{slug}                               y y y y y y y
GET /api/v1/sockets/{code}                             y y y y y y y
GET /api/v1/availability                               S F F F y y y
POST /api/v1/drivers/{driver_id}/cards/{uid}/move      S F F F y H F
GET /api/v1/chargers                                   S F F F y y y
GET /api/v1/chargers/{charger_id}                      S F F F y H y
PUT /api/v1/chargers/{charger_id}                      S F F F y H F
DELETE /api/v1/chargers/{charger_id}                   S F F F y H F
POST /api/v1/chargers/{charger_id}/stay                S F F F y H F
POST /api/v1/chargers/{charger_id}/password            S F F F y H F
PUT /api/v1/chargers/{charger_id}/sockets/{number}/bay S F F F y H F
POST /api/v1/chargers/{charger_id}/refuse              S F F F y H F
GET /api/v1/chargers/{charger_id}/limits               S F F F y H y
POST /api/v1/chargers/{charger_id}/limits/set-aside    S F F F m H F
POST /api/v1/chargers/{charger_id}/commands            S F F F m H F
GET /api/v1/sites/{slug}/details                       S F F F y H y
PUT /api/v1/sites/{slug}/details                       S F F F y y F
GET /api/v1/sites/{slug}/hosts                         S F F F y H y
PUT /api/v1/sites/{slug}/hosts                         S F F F m H F
GET /api/v1/sites/{slug}/hours                         S F F F y H y
PUT /api/v1/sites/{slug}/hours                         S F F F m H F
POST /api/v1/sites/{slug}/maintenance                  S F F F m H F
DELETE /api/v1/sites/{slug}/maintenance/{works}        S F F F m H F
PUT /api/v1/sites/{slug}/last-day                      S F F F m H F
GET /api/v1/sites/{slug}/limits                        S F F F y H y
PUT /api/v1/sites/{slug}/limits                        S F F F m H F
POST /api/v1/sites/{slug}/limits/preview               S F F F m H F
GET /api/v1/sites/{slug}/allowances                    S F F F y H y
PUT /api/v1/sites/{slug}/allowances/{source}           S F F F m H F
DELETE /api/v1/sites/{slug}/allowances/{source}        S F F F m H F
GET /api/v1/sites/{slug}/plant                         S F F F y H y
PUT /api/v1/sites/{slug}/plant/forecast                S F F F m H F
PUT /api/v1/sites/{slug}/plant/level                   S F F F m H F
PUT /api/v1/sites/{slug}/plant/grid-peak               S F F F y H F
GET /api/v1/sessions                                   S F F F y y y
GET /api/v1/documents                                  S F F F y y y
GET /api/v1/documents/{name}                           S F F F y H y
GET /api/v1/payments                                   S F F F y H y
GET /api/v1/payments/{payment_id}                      S F F F y H y
GET /api/v1/ledger                                     S F F F y y y
GET /api/v1/find                                       S F F F y y y
GET /api/v1/drivers                                    S F F F y y y
POST /api/v1/drivers                                   S F F F y y F
GET /api/v1/drivers/{driver_id}                        S F F F y H y
PUT /api/v1/drivers/{driver_id}                        S F F F y H F
GET /api/v1/drivers/{driver_id}/now                    S F F F y H y
POST /api/v1/drivers/{driver_id}/charges               S F F F m H F
PUT /api/v1/drivers/{driver_id}/cards/{uid}            S F F F y H F
GET /api/v1/tariffs                                    S F F F y y y
POST /api/v1/tariffs                                   S F F F y y F
DELETE /api/v1/tariffs/{version_id}                    S F F F y H F
GET /bookings                                          S y y F F F F
POST /bookings                                         S y y F F F F
GET /bookings/{booking_id}/calendar.ics                S y H F F F F
GET /bookings/{booking_id}/cancel                      S y H F F F F
POST /bookings/sign-in                                 F S S S S S S
POST /bookings/times                                   F y y y y y y
POST /bookings/{booking_id}/cancel                     S y H F F F F
GET /bookings/{booking_id}/change                      S y H F F F F
POST /bookings/{booking_id}/change                     S y H F F F F
POST /bookings/{booking_id}/longer                     S y H F F F F
POST /bookings/{booking_id}/other-car                  S y H F F F F
POST /bookings/{booking_id}/blocked                    S y H F F F F
GET /bookings/{booking_id}/deposit                     S y H F F F F
POST /bookings/{booking_id}/deposit                    S m H F F F F
GET /bookings/{booking_id}/deposit/card                S m H F F F F
GET /bookings/{booking_id}/deposit/live                S . H F F F F
GET /charge                                            S y y F F F F
GET /charge/card                                       S m m F F F F
GET /charge/live                                       S . . F F F F
POST /charges                                          S y y F F F F
GET /charges/{session_id}                              S y H F y H y
GET /charges/{session_id}/live                         S . H F . H .
POST /charges/{session_id}/at-once                     S y H F F F F
POST /charges/{session_id}/need                        S y H F F F F
POST /charges/{session_id}/stop                        S y H F F F F
POST /codes                                            S y y F F F F
GET /console                                           S F F F y y y
GET /console/audit                                     S F F F y y y
GET /console/bookings                                  S F F F y y y
GET /console/bookings/{booking_id}/cancel              S F F F y H y
POST /console/bookings/{booking_id}/cancel             S F F F y H F
GET /console/availability                              S F F F y y y
GET /console/chargers                                  S F F F y y y
GET /console/chargers/{charger_id}                     S F F F y H y
GET /console/chargers/{charger_id}/history             S F F F y H y
GET /console/chargers/{charger_id}/live                S F F F . H .
GET /console/find                                      S F F F y y y
GET /console/drivers                                   S F F F y y y
POST /console/drivers                                  S F F F y y F
GET /console/drivers/{driver_id}                       S F F F y H y
GET /console/drivers/{driver_id}/start                 S F F F y H y
POST /console/drivers/{driver_id}/start                S F F F m H F
POST /console/drivers/{driver_id}/cards                S F F F y H F
POST /console/drivers/{driver_id}/mend                 S F F F y H F
POST /console/drivers/{driver_id}/invite               S F F F y H F
POST /console/drivers/{driver_id}/cards/state          S F F F y H F
GET /console/network                                   S F F F y y y
GET /console/network/live                              S F F F . . .
GET /console/network/places.json                       S F F F y y y
GET /console/new-site                                  S F F F y y y
POST /console/new-site                                 S F F F y y F
GET /console/sites/{slug}/details                      S F F F y H y
POST /console/sites/{slug}/details                     S F F F y H F
GET /console/new-charger                               S F F F y y y
POST /console/new-charger                              S F F F y H F
POST /console/chargers/{charger_id}/password           S F F F y H F
POST /console/chargers/{charger_id}/certificate        S F F F m H F
POST /console/chargers/{charger_id}/command            S F F F m H F
GET /console/chargers/{charger_id}/firmware            S F F F y H y
POST /console/chargers/{charger_id}/firmware           S F F F m H F
POST /console/chargers/{charger_id}/password/change    S F F F m H F
POST /console/chargers/{charger_id}/pay-codes          S F F F m H F
POST /console/chargers/{charger_id}/pay-codes/off      S F F F y H F
POST /console/chargers/{charger_id}/limits/set-aside   S F F F m H F
POST /console/chargers/{charger_id}/terminal           S F F F m H F
POST /console/chargers/{charger_id}/terminal/off       S F F F y H F
GET /console/chargers/{charger_id}/retire              S F F F y H y
POST /console/chargers/{charger_id}/retire             S F F F y H F
POST /console/chargers/{charger_id}/retire-later       S F F F y H F
POST /console/chargers/{charger_id}/refuse             S F F F y H F
GET /console/design                                    S F F F y y y
GET /console/dunning                                   S F F F y y y
GET /console/earnings                                  S F F F y y y
GET /console/jobs                                      S F F F y y y
POST /console/dunning/rules                            S F F F y y F
POST /console/dunning/{document_id}/transfer           S F F F y H F
POST /console/dunning/{document_id}/write-off          S F F F y H F
GET /console/company                                   S F F F y y y
POST /console/company                                  S F F F y y F
GET /console/clearing                                  S F F F y y y
POST /console/clearing/findings/{finding_id}/explain   S F F F y H F
POST /console/statements/{number}/ask-back             S F F F m H F
POST /console/clearing/read                            S F F F y y F
GET /console/clearing/rows.csv                         S F F F y y y
GET /console/clearing/payouts/{payout}                 S F F F y H y
GET /console/payments/{payment_id}                     S F F F y H y
GET /console/paybacks                                  S F F F y y y
POST /console/paybacks/{payback_id}/card               S F F F m H F
POST /console/paybacks/{payback_id}/drop               S F F F m H F
POST /console/paybacks/{payback_id}/paid               S F F F m H F
POST /console/paybacks/{payback_id}/returned           S F F F y H F
GET /console/disputes                                  S F F F y y y
POST /console/disputes/rule                            S F F F y y F
GET /console/disputes/{name}                           S F F F y H y
GET /console/documents                                 S F F F y y y
GET /console/documents/{name}                          S F F F y H y
GET /console/documents/{number}/check                  S F F F y H y
GET /console/documents/{number}/credit                 S F F F y H y
POST /console/documents/{number}/credit                S F F F y H F
GET /console/documents/{number}/buyer                  S F F F y H y
POST /console/documents/{number}/buyer                 S F F F y H F
GET /console/ledger                                    S F F F y y y
GET /console/ledger/accounts                           S F F F y y y
POST /console/ledger/accounts                          S F F F y y F
GET /console/ledger/debtors                            S F F F y y y
POST /console/ledger/debtors                           S F F F y y F
GET /console/ledger/entries                            S F F F y y y
GET /console/ledger/entries/{position}                 S F F F y H y
GET /console/bank                                      S F F F y y y
POST /console/bank                                     S F F F y y F
POST /console/bank/{line_id}/book                      S F F F y H F
POST /console/bank/{line_id}/match                     S F F F m H F
POST /console/bank/{line_id}/pays                      S F F F m H F
GET /console/direct-debits                             S F F F y y y
POST /console/direct-debits                            S F F F y y F
POST /console/direct-debits/mandates                   S F F F m m F
POST /console/direct-debits/{number}/file              S F F F y H F
POST /console/direct-debits/{number}/withdraw          S F F F m H F
POST /console/direct-debits/{number}/refused           S F F F m H F
GET /console/transfers                                 S F F F y y y
POST /console/transfers                                S F F F y y F
POST /console/transfers/{number}/file                  S F F F y H F
POST /console/transfers/{number}/withdraw              S F F F y H F
GET /console/ledger/by-hand                            S F F F y y y
POST /console/ledger/by-hand                           S F F F y y F
POST /console/ledger/by-hand/{number}/reverse          S F F F y H F
GET /console/ledger/vat/lines                          S F F F y y y
GET /console/ledger/datev                              S F F F y y y
GET /console/ledger/journal.csv                        S F F F y y y
GET /console/ledger/receivables                        S F F F y y y
GET /console/ledger/vat                                S F F F y y y
GET /console/ledger/months/{month}                     S F F F y y y
GET /console/ledger/months/{month}/balances            S F F F y y y
GET /console/ledger/months/{month}/documents.zip       S F F F y y y
POST /console/ledger/months/{month}/close              S F F F y y F
POST /console/ledger/months/{month}/reopen             S F F F y y F
GET /console/live                                      S F F F . . .
GET /console/messages                                  S F F F y y y
POST /console/messages/retention                       S F F F y y F
GET /console/messages/hooks                            S F F F y y y
POST /console/messages/hooks                           S F F F y y F
GET /console/messages/hooks/{hook_id}                  S F F F y H y
POST /console/messages/hooks/{hook_id}                 S F F F y H F
POST /console/messages/hooks/{hook_id}/secret          S F F F y H F
POST /console/messages/hooks/{hook_id}/state           S F F F y H F
POST /console/messages/hooks/{hook_id}/test            S F F F y H F
POST /console/messages/hooks/sent/{notice_id}/again    S F F F y H F
GET /api/v1/webhooks                                   S F F F y y y
POST /api/v1/webhooks                                  S F F F y y F
GET /api/v1/webhooks/{webhook_id}                      S F F F y H y
PUT /api/v1/webhooks/{webhook_id}                      S F F F y H F
DELETE /api/v1/webhooks/{webhook_id}                   S F F F y H F
POST /api/v1/webhooks/{webhook_id}/secret              S F F F y H F
POST /api/v1/webhooks/{webhook_id}/test                S F F F y H F
GET /api/v1/webhooks/deliveries                        S F F F y y y
GET /api/v1/webhooks/deliveries/{delivery_id}          S F F F y H y
POST /api/v1/webhooks/deliveries/{delivery_id}/redeliver S F F F y H F
POST /console/messages/{notice_id}/again               S F F F y H F
GET /console/offers                                    S F F F y y y
POST /console/offers/coupons                           S F F F y y F
POST /console/offers/coupons/{coupon_id}/pause         S F F F y H F
POST /console/offers/new                               S F F F y y F
POST /console/offers/partners                          S F F F y y F
GET /console/offers/partners/{partner_id}              S F F F y H y
POST /console/offers/partners/{partner_id}             S F F F y H F
GET /console/offers/partners/{partner_id}/account      S F F F y H y
POST /console/offers/partners/{partner_id}/account     S F F F y H F
GET /console/offers/partners/{partner_id}/end          S F F F y H y
POST /console/offers/partners/{partner_id}/end         S F F F y H F
POST /console/offers/partners/{partner_id}/pause       S F F F y H F
POST /console/offers/partners/{partner_id}/state       S F F F y H F
GET /console/offers/partners/{partner_id}/vat          S F F F y H y
POST /console/offers/partners/{partner_id}/vat         S F F F y H F
POST /console/offers/plans                             S F F F y y F
GET /console/offers/plans/{plan_id}                    S F F F y H y
POST /console/offers/plans/{plan_id}                   S F F F y H F
POST /console/offers/plans/{plan_id}/pause             S F F F y H F
GET /console/offers/statements/{name}                  S F F F y H y
POST /console/offers/statements/{statement_id}/settle  S F F F y H F
POST /console/offers/{offer_id}/pause                  S F F F y H F
GET /console/prices                                    S F F F y y y
GET /console/prices/edit                               S F F F y y y
POST /console/prices/edit                              S F F F y y F
GET /console/prices/entries/new                        S F F F y y y
POST /console/prices/entries/new                       S F F F y y F
GET /console/prices/entries/{entry_id}/end             S F F F y H y
POST /console/prices/entries/{entry_id}/end            S F F F y H F
GET /console/prices/groups                             S F F F y y y
POST /console/prices/groups                            S F F F y y F
POST /console/prices/members                           S F F F y y F
POST /console/prices/preview                           S F F F y y F
GET /console/prices/versions/{version_id}              S F F F y H y
POST /console/prices/versions/{version_id}/withdraw    S F F F y H F
GET /console/quarantine                                S F F F y y y
POST /console/quarantine/{entry_id}/acknowledge        S F F F m H F
POST /console/quarantine/{entry_id}/bill               S F F F m H F
POST /console/quarantine/{entry_id}/clear              S F F F y H F
POST /console/quarantine/{entry_id}/withdraw           S F F F m H F
GET /console/queue                                     S F F F y y y
GET /console/revenue                                   S F F F y y y
POST /console/revenue/proposals/{proposal_id}/approve  S F F F m H F
POST /console/revenue/proposals/{proposal_id}/reject   S F F F y H F
GET /console/revenue/{slug}                            S F F F y H y
POST /console/revenue/{slug}/look                      S F F F y H F
POST /console/revenue/{slug}/rules                     S F F F y H F
GET /console/roaming                                   S F F F y y y
POST /console/roaming                                  S F F F y y F
GET /console/roaming/{partner_id}                      S F F F y H y
POST /console/roaming/{partner_id}/payer               S F F F y H F
POST /console/roaming/{partner_id}/tax                 S F F F y H F
POST /console/roaming/{partner_id}/cdrs/{document_id}/again S F F F y H F
POST /console/roaming/{partner_id}/invite              S F F F y H F
POST /console/roaming/{partner_id}/block               S F F F y H F
POST /console/roaming/join                             S F F F y y F
POST /console/roaming/{partner_id}/renew               S F F F y H F
POST /console/roaming/{partner_id}/leave               S F F F y H F
GET /console/sessions                                  S F F F y y y
GET /console/sessions/{session_id}                     S F F F y H y
GET /console/sites/{slug}                              S F F F y H y
GET /console/sites/{slug}/live                         S F F F . H .
POST /console/sites/{slug}/booking-rules               S F F F y H F
GET /console/sites/{slug}/codes                        S F F F y H y
GET /console/sites/{slug}/power                        S F F F y H y
POST /console/sites/{slug}/energy-costs                S F F F y H F
POST /console/sites/{slug}/allowances                  S F F F m H F
POST /console/sites/{slug}/allowances/lift             S F F F y H F
GET /console/sites/{slug}/plant                        S F F F y H y
POST /console/sites/{slug}/plant                       S F F F y H F
POST /console/sites/{slug}/plant/forecast              S F F F m H F
GET /console/sites/{slug}/hosts                        S F F F y H y
POST /console/sites/{slug}/hosts                       S F F F m H F
GET /console/sites/{slug}/hours                        S F F F y H y
POST /console/sites/{slug}/hours                       S F F F m H F
GET /console/sites/{slug}/limits                       S F F F y H y
POST /console/sites/{slug}/limits                      S F F F m H F
POST /console/sites/{slug}/sharing                     S F F F y H F
POST /console/sites/{slug}/codes                       S F F F y H F
POST /console/sites/{slug}/commissioning               S F F F y H F
POST /console/sites/{slug}/offline-cards               S F F F y H F
POST /console/sockets/{evse_id}/test                   S F F F m H F
POST /console/sockets/{evse_id}/test/cancel            S F F F y H F
POST /console/sockets/{evse_id}/code                   S F F F y H F
POST /console/sockets/{evse_id}/bay                    S F F F y H F
GET /q/{charger_id}/{number}/{code}/{version}          m m m m m m m
GET /e/{code}                                          y y y y y y y
POST /e/{code}                                         F m m m m m m
POST /bookings/guest                                   F m m m m m m
GET /b/{key}                                           y y y y y y y
GET /b/{key}/calendar.ics                              y y y y y y y
GET /b/{key}/cancel                                    y y y y y y y
POST /b/{key}/cancel                                   F y y y y y y
GET /b/{key}/change                                    y y y y y y y
POST /b/{key}/change                                   F y y y y y y
GET /b/{key}/live                                      . . . . . . .
GET /b/{key}/pay                                       m m m m m m m
GET /b/{key}/receipts/{name}                           H H H H H H H
GET /b/{key}/receipts/{number}/check                   H H H H H H H
POST /b/{key}/longer                                   F m m m m m m
POST /b/{key}/start                                    F m m m m m m
POST /b/{key}/blocked                                  F m m m m m m
GET /c/{key}                                           y y y y y y y
GET /c/{key}/live                                      . . . . . . .
POST /c/{key}/at-once                                  F H H H H H H
POST /c/{key}/leave                                    F y y y y y y
POST /c/{key}/more                                     F m m m m m m
GET /c/{key}/pay                                       m m m m m m m
GET /c/{key}/receipts/{name}                           H H H H H H H
GET /c/{key}/receipts/{number}/check                   H H H H H H H
GET /c/{key}/need                                      m m m m m m m
POST /c/{key}/need                                     F m m m m m m
POST /receipts/{number}/complaint                      S y H F F F F
POST /c/{key}/receipts/{number}/complaint              F H H H H H H
POST /b/{key}/receipts/{number}/complaint              F H H H H H H
POST /c/{key}/receipts/{number}/buyer                  F H H H H H H
POST /b/{key}/receipts/{number}/buyer                  F H H H H H H
GET /console/complaints                                S F F F y y y
POST /console/complaints/{complaint_id}/decline        S F F F y H F
POST /console/complaints/questions/{question_id}       S F F F y H F
POST /c/{key}/stop                                     F y y y y y y
GET /dues                                              S y y F F F F
POST /dues/{document_id}/pay                           S y H F F F F
GET /wallet                                            S y y F F F F
POST /wallet/auto                                      S y y F F F F
POST /wallet/pay-by                                    S y y F F F F
POST /wallet/returns                                   S y y F F F F
GET /wallet/statement.csv                              S y y F F F F
POST /wallet/top-ups                                   S y y F F F F
POST /wallet/pay-ins                                   S m m F F F F
GET /wallet/pay-ins/{payment_id}                       S y H F F F F
GET /wallet/pay-ins/{payment_id}/live                  S . H F F F F
GET /wallet/pay-ins/{payment_id}/card                  S m H F F F F
POST /wallet/pay-ins/{payment_id}/cancel               S y H F F F F
GET /wallet/top-ups/{payment_id}                       S y H F F F F
GET /api/v1/wallet                                     S y y F F F F
PUT /api/v1/wallet/auto                                S y y F F F F
GET /api/v1/wallet/movements                           S y y F F F F
POST /api/v1/wallet/pay-ins                            S m m F F F F
GET /api/v1/wallet/pay-ins/{payment_id}                S y H F F F F
DELETE /api/v1/wallet/pay-ins/{payment_id}             S y H F F F F
POST /api/v1/wallet/pay-ins/{payment_id}/look-ups      S y H F F F F
PUT /api/v1/wallet/pay-by                              S y y F F F F
POST /api/v1/wallet/returns                            S y y F F F F
POST /api/v1/wallet/top-ups                            S y y F F F F
GET /api/v1/wallet/top-ups/{payment_id}                S y H F F F F
GET /cards                                             S y y F F F F
POST /cards                                            S y y F F F F
GET /mandate                                           S y y F F F F
GET /api/v1/mandate                                    S y H F F F F
POST /mandate                                          S y m F F F F
POST /mandate/end                                      S y H F F F F
PUT /api/v1/mandate                                    S y m F F F F
DELETE /api/v1/mandate                                 S y H F F F F
POST /cards/{card_id}/default                          S y H F F F F
GET /cards/{card_id}/remove                            S y H F F F F
POST /cards/{card_id}/remove                           S y H F F F F
GET /cards/setups/{setup_id}                           S y H F F F F
GET /api/v1/cards                                      S y y F F F F
POST /api/v1/cards                                     S y y F F F F
DELETE /api/v1/cards/{card_id}                         S y H F F F F
PUT /api/v1/cards/{card_id}/default                    S y H F F F F
GET /api/v1/cards/setups/{setup_id}                    S y H F F F F
GET /console/wallets                                   S F F F y y y
POST /console/wallets/rules                            S F F F y y F
GET /console/statements                                S F F F y y y
GET /console/statements/{name}                         S F F F H H H
POST /console/statements/payers                        S F F F y y F
GET /statements/{name}                                 S H H F F F F
GET /open/{operator_id}/datex2/static.xml              y y y y y y y
GET /open/{operator_id}/datex2/status.xml              y y y y y y y
GET /health/live                                       y y y y y y y
GET /health/ready                                      y y y y y y y
GET /login                                             y y y y y y y
POST /login                                            F y y y y y y
POST /logout                                           F y y y y y y
GET /map                                               y y y y y y y
GET /map/live                                          . . . . . . .
GET /map/places.json                                   y y y y y y y
GET /membership                                        S y y F F F F
GET /membership/cancel                                 S m m F F F F
POST /membership/cancel                                S m m F F F F
POST /membership/change                                S m m F F F F
POST /membership/join                                  S y y F F F F
GET /metrics                                           y y y y y y y
GET /partners                                          S F F y F F F
POST /partners/hand-out                                S F F y F F F
POST /partners/look                                    S F F y F F F
GET /partners/shares                                   S F F y F F F
GET /partners/shares.csv                               S F F y F F F
GET /partners/statements/{name}                        S F F y F F F
GET /partners/statements/{number}/lines                S F F y F F F
POST /partners/statements/{number}/lines               S F F m F F F
POST /partners/take                                    S F F y F F F
GET /account/second-factor                             S y y y y y y
POST /account/second-factor                            S y y y y y y
POST /account/second-factor/codes                      S y y y y y y
POST /account/second-factor/off                        S y y y y y y
GET /typed                                             S y y y y y y
GET /login/company                                     y y y y y y y
POST /login/company                                    F m m m m m m
GET /login/company/{operator_id}                       H y y y y y y
GET /login/company/{operator_id}/back                  y y y y y y y
POST /login/company/{operator_id}/logout               y y y y y y y
GET /console/single-sign-on                            S F F F y y y
POST /console/single-sign-on                           S F F F y y F
GET /console/single-sign-on/try                        S F F F F F F
POST /console/single-sign-on/rules                     S F F F m m F
POST /console/single-sign-on/remove                    S F F F y y F
GET /login/code                                        S y y y y y y
POST /login/code                                       F S S S S S S
GET /account/password                                  S y y y y y y
POST /account/password                                 S y y y y y y
GET /password                                          y y y y y y y
POST /password                                         F y y y y y y
GET /password/{key}                                    y y y y y y y
POST /password/{key}                                   F y y y y y y
GET /queue                                             S y y F F F F
POST /queue                                            S y y F F F F
POST /hopes                                            S y y F F F F
GET /hopes/{wait_id}                                   S y H F F F F
POST /hopes/{wait_id}/leave                            S y H F F F F
POST /hopes/{wait_id}/take                             S m H F F F F
GET /queue/{ticket_id}                                 S y H F F F F
POST /queue/{ticket_id}/leave                          S y H F F F F
GET /queue/{ticket_id}/live                            S . H F F F F
POST /queue/{ticket_id}/pass                           S y H F F F F
GET /receipts                                          S y y F F F F
GET /receipts/{name}                                   S y H F F F F
GET /receipts/{number}/check                           S y H F F F F
GET /register                                          y y y y y y y
POST /register                                         F y y y y y y
GET /sites/{slug}                                      y y y y y y y
GET /static/{file_path}                                y y y y y y y
POST /language                                         F y y y y y y
POST /theme                                            F y y y y y y
POST /webhooks/payments                                H H H H H H H
GET /{rest}                                            H H H H H H H
GET /console/apps                                      S F F F y y y
POST /console/apps                                     S F F F y y F
POST /console/apps/{app_id}/remove                     S F F F y H F
GET /console/team                                      S F F F y y y
POST /console/team                                     S F F F y y F
POST /console/team/factors                             S F F F y y F
POST /console/team/{account_id}/factor-off             S F F F m H F
POST /console/team/{account_id}/link                   S F F F y H F
POST /console/team/{account_id}/duties                 S F F F y H F
POST /console/team/{account_id}/sites                  S F F F y H F
POST /console/team/{account_id}/close                  S F F F y H F
POST /console/team/{account_id}/open                   S F F F y H F
"""
ROWS = {" ".join(line.split()[:2]): dict(zip(ROLES, line.split()[2:], strict=True)) for line in TABLE.strip().splitlines()}
# Those who may do nothing come first: what the last ones do would hide what they could.
ORDER = ("nobody", "rival", "looks", "till", "bob", "ops", "ada")


@pytest.fixture(scope="module")
def asked():
    scene = Scene()
    scene.build()
    the, post = peopled(scene), HttpRequester(lambda _: False)
    with Browser(app=create_app(scene.ports(partner_registration=OcpiHandshake(ports_of(scene, post))))) as client:
        yield client, the
    post.close()


def test_every_route_has_a_row_and_every_row_a_route(asked):
    client, _ = asked
    assert set(routes_of(client.app)) == set(ROWS)


# What pages read besides the parameters of their handlers, and what these need where a day or a number is tried.
LOOSE = ("since", "until", "q", "least", "most", "newer", "older", "page", "month-older")
NEEDED = {"chart": "SKR03", "month": "", "start": "", "end": "", "day": ""}
LATE, EARLY = ("9999-12-31", "9999-12-31T23:59:59-01:00", "9999-12"), ("0001-01-01", "0001-01-01T00:00:00+01:00", "0001-01")
TORN = ("a\0b",) * 3


@pytest.mark.parametrize(("times", "number"), [(LATE, "1"), (EARLY, "1"), (TORN, "9" * 20)])
def test_no_route_fails_on_out_of_range_dates_or_numbers(asked, times, number):
    client, the = asked
    (day, instant, month), faults = times, []
    for route, kinds in parameters_of(client.app):
        role = next((one for one in ("ops", "ada", "till", "nobody") if ROWS[route][one] in "ym"), None)
        if role:
            of_kind = {date: day, datetime: instant, int: number, str: day}
            typed = {name: NEEDED.get(name) or of_kind[kind] for name, kind in kinds.items() if kind is not str or name in NEEDED}
            typed |= {"month": month} if "month" in kinds else {}
            headers = {} if role == "nobody" else {"authorization": f"Bearer api-{role}"}
            got = client.get(filled(route, the).path, params=dict.fromkeys(LOOSE, day) | typed, headers=headers)
            faults += [(route, typed)] * (got.status_code >= 500)
    assert not faults


# Of what is the operator's: what somebody who looks after some sites alone sees of these; and what is at one of them.
LISTS = set(
    """
GET /console
GET /api/v1/chargers
GET /console/bookings
GET /console/chargers
GET /console/network
GET /console/network/places.json
GET /console/queue
GET /console/sessions
""".strip().splitlines()
)
AT_A_SITE = set(
    """
DELETE /api/v1/chargers/{charger_id}
DELETE /api/v1/sites/{slug}/allowances/{source}
DELETE /api/v1/sites/{slug}/maintenance/{works}
GET /api/v1/chargers/{charger_id}
GET /api/v1/chargers/{charger_id}/limits
GET /api/v1/sites/{slug}/allowances
GET /api/v1/sites/{slug}/details
GET /api/v1/sites/{slug}/hours
GET /api/v1/sites/{slug}/limits
GET /api/v1/sites/{slug}/plant
GET /console/bookings/{booking_id}/cancel
GET /console/chargers/{charger_id}
GET /console/chargers/{charger_id}/firmware
GET /console/chargers/{charger_id}/history
GET /console/chargers/{charger_id}/retire
GET /console/sessions/{session_id}
GET /console/sites/{slug}
GET /console/sites/{slug}/codes
GET /console/sites/{slug}/details
GET /console/sites/{slug}/hours
GET /console/sites/{slug}/limits
GET /console/sites/{slug}/plant
GET /console/sites/{slug}/power
POST /api/v1/chargers/{charger_id}/commands
POST /api/v1/chargers/{charger_id}/limits/set-aside
POST /api/v1/chargers/{charger_id}/password
POST /api/v1/chargers/{charger_id}/refuse
POST /api/v1/chargers/{charger_id}/stay
POST /api/v1/sites/{slug}/limits/preview
POST /api/v1/sites/{slug}/maintenance
POST /console/bookings/{booking_id}/cancel
POST /console/chargers/{charger_id}/certificate
POST /console/chargers/{charger_id}/command
POST /console/chargers/{charger_id}/firmware
POST /console/chargers/{charger_id}/limits/set-aside
POST /console/chargers/{charger_id}/password
POST /console/chargers/{charger_id}/password/change
POST /console/chargers/{charger_id}/pay-codes
POST /console/chargers/{charger_id}/pay-codes/off
POST /console/chargers/{charger_id}/refuse
POST /console/chargers/{charger_id}/retire
POST /console/chargers/{charger_id}/retire-later
POST /console/chargers/{charger_id}/terminal
POST /console/chargers/{charger_id}/terminal/off
POST /console/sites/{slug}/allowances
POST /console/sites/{slug}/allowances/lift
POST /console/sites/{slug}/booking-rules
POST /console/sites/{slug}/codes
POST /console/sites/{slug}/commissioning
POST /console/sites/{slug}/details
POST /console/sites/{slug}/energy-costs
POST /console/sites/{slug}/hours
POST /console/sites/{slug}/limits
POST /console/sites/{slug}/offline-cards
POST /console/sites/{slug}/plant
POST /console/sites/{slug}/plant/forecast
POST /console/sites/{slug}/sharing
POST /console/sockets/{evse_id}/bay
POST /console/sockets/{evse_id}/code
POST /console/sockets/{evse_id}/test
POST /console/sockets/{evse_id}/test/cancel
PUT /api/v1/chargers/{charger_id}
PUT /api/v1/chargers/{charger_id}/sockets/{number}/bay
PUT /api/v1/sites/{slug}/allowances/{source}
PUT /api/v1/sites/{slug}/details
PUT /api/v1/sites/{slug}/hours
PUT /api/v1/sites/{slug}/last-day
PUT /api/v1/sites/{slug}/limits
PUT /api/v1/sites/{slug}/plant/forecast
PUT /api/v1/sites/{slug}/plant/grid-peak
PUT /api/v1/sites/{slug}/plant/level
""".strip().splitlines()
)


def of_the_operator() -> list[str]:
    """The routes for staff, in order, without public routes and endless streams."""
    return [route for route, row in ROWS.items() if row["ops"] not in "FH." and row["bob"] in "FH"]


def test_staff_limited_to_another_site_can_reach_only_lists(asked):
    client, the = asked
    told = {route: answer(client, the, "yard", route, "y") for route in of_the_operator()}
    assert {route for route, got in told.items() if got not in "FH"} == LISTS


@pytest.mark.parametrize("role", ORDER)
def test_each_role_can_reach_exactly_the_routes_of_its_column(asked, role):
    client, the = asked
    told = {route: row[role] for route, row in ROWS.items() if row[role] != "."}
    assert {route: answer(client, the, role, route, want) for route, want in told.items()} == told


def test_staff_limited_to_this_site_can_reach_its_pages_but_none_of_the_whole_operator(asked):
    client, the = asked
    told = {route: answer(client, the, "warden", route, "y") for route in of_the_operator()}
    assert {route for route, got in told.items() if got != "F"} == LISTS | AT_A_SITE


def answer(client, the, role, route, want):
    method, call = route.split()[0], filled(route, the)
    headers = {} if role == "nobody" else {"authorization": f"Bearer api-{role}"}
    body = {} if method == "GET" else {"json" if call.path.startswith("/api/") else "data": call.body}
    got = client.request(method, call.path, headers=headers, follow_redirects=False, **body)
    assert got.status_code < 500, f"{route} as {role}: {got.status_code}"
    client.cookies.clear()
    if got.status_code == 401 or got.headers.get("location", "").startswith("/login?"):
        return "S"
    if want == "m" and got.status_code in {404, 409}:
        return "m"
    return {403: "F", 404: "H"}.get(got.status_code, "m" if want == "m" else "y")
