"""`report`: what happened, for somebody who was not there: a page, its numbers, a trace. Only reads."""
