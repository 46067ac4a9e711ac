;; infer calls itself until the stack of its thread ends.
;; part: fields
(func $down (param i32) (result i32)
  (i32.add (i32.const 1) (call $down (i32.add (local.get 0) (i32.const 1)))))
;; part: infer
(drop (call $down (i32.const 0)))
(i32.const 512)
