;; The answer is four million empty tensors: 112 MB of zeros in the model, some gigabytes of objects in its host.
;; part: memory
1800
;; part: infer
(i32.store (i32.const 516) (i32.const 65536))
(i32.store (i32.const 520) (i32.const 4000000))
(i32.const 512)
