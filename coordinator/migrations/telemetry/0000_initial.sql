CREATE TABLE `node_reports` (
	`node` text PRIMARY KEY NOT NULL,
	`was_born` integer NOT NULL,
	`last_seen_at_ms` integer,
	`report` text NOT NULL
);
