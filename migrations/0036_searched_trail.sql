-- The trail is asked for one application, or for one kind of event: however long it is, an index answers.
CREATE INDEX audit_events_by_client ON audit_events (client_id, id);
CREATE INDEX audit_events_by_kind ON audit_events (kind, id);
CREATE INDEX audit_events_failed ON audit_events (id) WHERE outcome = 'failure';
CREATE INDEX audit_events_failed_by_kind ON audit_events (kind, id) WHERE outcome = 'failure';
