"""JSON models of requests and answers, shared by routes and pages."""
