CREATE TABLE `api_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`roles` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_tokens_hash_unique` ON `api_tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `datasets` (
	`name` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`examples` integer NOT NULL,
	`feature_shape` text NOT NULL,
	`classes` integer NOT NULL,
	`added_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `deployments` (
	`id` text PRIMARY KEY NOT NULL,
	`model` text NOT NULL,
	`selector` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `enrolment_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`used_at_ms` integer,
	`node` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `enrolment_tokens_hash_unique` ON `enrolment_tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `ledger` (
	`index` integer PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`kind` text NOT NULL,
	`body` text NOT NULL,
	`hash` text NOT NULL,
	`signature` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `model_versions` (
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`signed` text NOT NULL,
	`published_at_ms` integer NOT NULL,
	`deleted_at_ms` integer,
	PRIMARY KEY(`name`, `version`)
);
--> statement-breakpoint
CREATE TABLE `nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`public_key` blob NOT NULL,
	`labels` text NOT NULL,
	`enrolled_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `nodes_name_unique` ON `nodes` (`name`);--> statement-breakpoint
CREATE TABLE `publishers` (
	`key_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`public_key` text NOT NULL,
	`added_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `run_events` (
	`run` text NOT NULL,
	`sequence` integer NOT NULL,
	`event` text NOT NULL,
	PRIMARY KEY(`run`, `sequence`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`plan` text NOT NULL,
	`delegation` text,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `twins` (
	`node` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`models` text NOT NULL
);
