"""A bank's statement written for tests, by string and not by what reads it."""

from datetime import date
from typing import NamedTuple

IBAN = "DE02120300000000202051"


class Line(NamedTuple):
    """ref: of the bank. code: the end of its transaction code. came_back: it is a returned transfer, for that reason."""

    day: date
    minor: int
    text: str = ""
    ref: str = ""
    code: str = "ESCT"
    came_back: bool = False
    reason: str = "AC04"
    state: str = "BOOK"


def money(minor: int, currency: str = "EUR") -> str:
    side = "CRDT" if minor >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{abs(minor) // 100}.{abs(minor) % 100:02d}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def balance(code: str, minor: int, day: date, currency: str) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{money(minor, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def entry(line: Line, version: str, currency: str) -> str:
    state = line.state if version == "02" else f"<Cd>{line.state}</Cd>"
    told = f"<RmtInf><Ustrd>{line.text}</Ustrd></RmtInf>" if line.text else ""
    back = f"<RtrInf><Rsn><Cd>{line.reason}</Cd></Rsn></RtrInf>" if line.came_back else ""
    ref = f"<AcctSvcrRef>{line.ref}</AcctSvcrRef>" if line.ref else ""
    code = f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>{line.code}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    parts = f"<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{told}{back}</TxDtls></NtryDtls>"
    return f"<Ntry>{money(line.minor, currency)}<Sts>{state}</Sts><BookgDt><Dt>{line.day}</Dt></BookgDt>{ref}{code}{parts}</Ntry>"


def camt(opening: int, lines: list[Line], closes: date, version: str = "08", closing: int | None = None, currency: str = "EUR") -> bytes:
    end = closing if closing is not None else opening + sum(one.minor for one in lines if one.state == "BOOK")
    begins = min((one.day for one in lines), default=closes)
    balances = balance("OPBD", opening, begins, currency) + balance("CLBD", end, closes, currency)
    account = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
    body = "".join(entry(one, version, currency) for one in lines)
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{space}"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>'
        f"<Stmt><Id>{closes:%Y}-{closes:%j}</Id>{account}{balances}{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()
