;; infer asks for nine million more entries of a table, and answers what it was told.
;; part: infer
(i32.store (i32.const 700) (table.grow $table (ref.null func) (i32.const 9000000)))
(i32.const 512)
