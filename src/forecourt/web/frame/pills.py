"""How a state looks in a pill, and what it is called: its tone, its shape, its word. What drivers never see is in English alone."""

from forecourt.kernel import Text

LOOKS = {
    "free": ("", "circle", Text("Free")),
    "reserved": ("reserved", "diamond", Text("Reserved")),
    "charging": ("charging", "disc", Text("Charging")),
    "withheld": ("withheld", "bars", Text("Waiting for power")),
    "idle": ("", "square", Text("Not charging")),
    "fault": ("fault", "triangle", Text("Out of order")),
    "offline": ("fault", "cross", Text("No contact")),
    "confirmed": ("reserved", "diamond", Text("Booked")),
    "bound": ("reserved", "diamond", Text("Bay kept for you")),
    "unpaid": ("withheld", "bars", Text("Not paid yet")),
    "kept": ("charging", "disc", Text("Used")),
    "cancelled": ("", "cross", Text("Cancelled")),
    "missed": ("withheld", "bars", Text("Missed")),
    "broken": ("fault", "triangle", Text("Not kept by us")),
    "done": ("", "square", Text("Finished")),
    "paid": ("charging", "disc", Text("Paid")),
    "open": ("withheld", "bars", Text("To be paid")),
    "monthly": ("", "square", Text("With the monthly statement")),
    "credited": ("", "square", Text("Credited")),
    "online": ("charging", "disc", "Online"),
    "PENDING": ("withheld", "bars", "Waiting for approval"),
    "APPROVED": ("", "circle", "Approved"),
    "REFUSED": ("fault", "cross", "Refused"),
    "RETIRED": ("", "cross", "Out of service"),
    "UNTESTED": ("withheld", "bars", "Never tested"),
    "OBEYS": ("charging", "disc", "Keeps its limits"),
    "LATE": ("reserved", "diamond", "Keeps them late"),
    "IGNORES": ("fault", "triangle", "Does not keep limits"),
}
