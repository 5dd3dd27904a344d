; probe cpu: what the processor does in real mode: flags and their images, traps, stepping,
; wrap-around, the 386's instructions, and when interrupts come in.
;
; Read: Intel486 Programmer's Reference Manual, "Instruction Set" and "Real-Address Mode".

%include "probe/probe.inc"

DATA		equ 0x5000		; scratch memory

probe:
	call	images
	call	interrupts
	call	traps
	call	stepping
	call	wrapping
	call	arithmetic
	call	extended
	call	strings
	call	control
	call	shadows
	ret

; --- the flags, seen through PUSHF, POPF, LAHF, SAHF ---

images:
	check	"popf_0"
	push	ax
	popf
	pushf
	pop	ax
	done	ALL

	check	"popf_all"		; all but TF: bit 15 stays 0, bits 1, 3 and 5 are fixed
	push	word 0xFEFF
	popf
	pushf
	pop	ax
	push	word 2
	popf
	done

	check	"popf_iopl_nt"
	push	word 0x7000
	popf
	pushf
	pop	ax
	push	word 2
	popf
	done

	check	"popfd_high"		; RF and VM are not for POPFD
	push	dword 0x00030ED7
	popfd
	pushfd
	pop	eax
	and	eax, 0x3FFFF
	push	word 2
	popf
	done

	check	"pushf_if"
	sti
	pushf
	pop	ax
	cli
	pushf
	pop	bx
	done

	check	"pushfd_if"
	sti
	pushfd
	pop	eax
	and	eax, 0x3FFFF
	cli
	done

	check	"popf_if"
	push	word 0x202
	popf
	pushf
	pop	ax
	push	word 0x002
	popf
	pushf
	pop	bx
	done

	check	"std_cld"
	std
	pushf
	pop	ax
	cld
	pushf
	pop	bx
	done

	check	"cmc_stc"
	stc
	pushf
	pop	ax
	cmc
	pushf
	pop	bx
	clc
	done

	check	"sahf_lahf"
	mov	ah, 0xFF
	sahf
	mov	ah, 0
	lahf
	done

	check	"pushf_operand_size"	; SP moves by four
	mov	bx, sp
	o32 pushf
	sub	bx, sp
	o32 popf
	done

	check	"popf_prefixes"		; prefixes that mean nothing here
	push	word 0x203
	es rep popf
	pushf
	pop	ax
	cli
	done
	ret

; --- INT, INTO, BOUND, IRET ---

handler_note:				; flags inside and flags saved
	push	ax
	push	bp
	mov	bp, sp
	pushf
	pop	ax
	note	ax
	mov	ax, [bp + 8]
	note	ax
	pop	bp
	pop	ax
	iret

handler_ip:
	note_ip
	iret

interrupts:
	vector	0x60, handler_note
	vector	0x61, handler_ip
	vector	0x63, handler_regs

	check	"int_flags"
	push	word 0x0ED7
	popf
	int	0x60
	pushf
	pop	ax
	cli
	cld
	done

	check	"int_flags_nt_iopl"
	push	word 0x7202
	popf
	int	0x60
	push	word 2
	popf
	done

	check	"int_ip"
	int	0x61
	nop
	int	0x61
	done

	check	"int_ip_prefix"		; prefixes belong to the instruction
	cs	int 0x61
	db	0x26, 0x3E, 0xCD, 0x61	; ES: DS: INT 61h
	rep	int 0x61
	done

	check	"int_operand_size"	; real mode pushes words whatever the prefix says
	mov	bx, sp
	o32	int 0x63
	done

	check	"int3_vector"
	vector	0x03, handler_ip
	int3
	db	0xCD, 0x03
	vector	0x03, trap_03
	done

	check	"int3_fault"
	nop
	int3
	done	0

	check	"into_clear"
	into
	mov	al, 1
	done

	check	"into_set"
	mov	al, 0x7F
	inc	al
	into
	mov	bl, 1
	done

	check	"bound_inside"
	mov	dword [DATA], 0x00050001
	mov	ax, 3
	bound	ax, [DATA]
	mov	bl, 1
	done

	check	"bound_below"
	mov	dword [DATA], 0x00050001
	nop
	bound	ax, [DATA]
	mov	bl, 1
	done	0

	check	"bound_above_32"
	mov	dword [DATA], -2
	mov	dword [DATA + 4], 70000
	mov	eax, 70001
	bound	eax, [DATA]
	mov	bl, 1
	done	0

	; Vector 1 on silicon; QEMU 7.2 takes it for undefined.
	check	"~icebp"
	nop
	db	0xF1
	mov	bl, 1
	done	0

	check	"iret_flags"
	push	word 0x7ED7
	push	cs
	push	word .iret_to
	iret
	mov	al, 1
.iret_to:
	pushf
	pop	bx
	push	word 2
	popf
	done

	check	"iretd"
	push	dword 0x00000ED7
	push	dword 0
	push	dword .iretd_to
	o32 iret
	mov	al, 1
.iretd_to:
	pushfd
	pop	ebx
	and	ebx, 0x3FFFF
	push	word 2
	popf
	done

	check	"int_stack"		; three words, in this order
	vector	0x62, .stack
	push	word 0x0003
	popf
	int	0x62
	nop
.stack:
	pop	ax
	sub	ax, [base]
	pop	bx
	pop	cx
	mov	dx, PROBE_STACK
	sub	dx, sp
	done
	ret

handler_regs:
	sub	bx, sp
	iret

; --- faults ---

traps:
	check	"div_0"
	mov	ax, 5
	div	bl
	done	0

	check	"div_overflow"
	mov	ax, 0x0200
	mov	bl, 2
	div	bl
	done	0

	check	"div_prefix"		; the saved IP is that of the first prefix
	mov	ax, 5
	cs div	byte [bx + .zero]
	jmp	short %$end
.zero:	db	0
	done	0

	check	"div_32"
	mov	edx, 1
	mov	ebx, 1
	div	ebx
	done	0

	check	"idiv_min"		; -128 fits
	mov	ax, -256
	mov	bl, 2
	idiv	bl
	done	0

	check	"idiv_overflow"
	mov	ax, -258
	mov	bl, 2
	idiv	bl
	done	0

	check	"aam_0"
	mov	al, 5
	db	0xD4, 0x00
	done	0

	%macro undefined 2+
	check	%1
	nop
	db	%2
	mov	bl, 1
	done	0
	%endmacro
	undefined "ud2", 0x0F, 0x0B
	undefined "ud_0fff", 0x0F, 0xFF
	undefined "ud_lock_nop", 0xF0, 0x90
	undefined "ud_lock_inc_reg", 0xF0, 0x40
	undefined "ud_lock_add_reg", 0xF0, 0x01, 0xC0
	; Vector 6 on silicon; QEMU 7.2 looks for LOCK in few instructions only.
	undefined "~ud_lock_mov", 0xF0, 0x89, 0x07
	undefined "~ud_lock_cli", 0xF0, 0xFA
	undefined "~ud_lock_int", 0xF0, 0xCD, 0x61
	undefined "ud_les_reg", 0xC4, 0xC0
	undefined "ud_lds_reg", 0xC5, 0xC0
	undefined "ud_lea_reg", 0x8D, 0xC0
	undefined "ud_bound_reg", 0x62, 0xC0
	undefined "ud_mov_cs", 0x8E, 0xC8
	undefined "ud_mov_seg6", 0x8E, 0xF0
	undefined "ud_mov_from_seg7", 0x8C, 0xF8
	undefined "ud_ff_7", 0xFF, 0xF8
	undefined "ud_fe_7", 0xFE, 0xF8
	undefined "ud_callf_reg", 0xFF, 0xD8
	undefined "ud_jmpf_reg", 0xFF, 0xE8
	undefined "ud_sldt", 0x0F, 0x00, 0xC0
	undefined "ud_str", 0x0F, 0x00, 0xC8
	undefined "ud_lldt", 0x0F, 0x00, 0xD0
	undefined "ud_ltr", 0x0F, 0x00, 0xD8
	undefined "ud_verr", 0x0F, 0x00, 0xE0
	undefined "ud_arpl", 0x63, 0xC0
	undefined "ud_lar", 0x0F, 0x02, 0xC0
	undefined "ud_lsl", 0x0F, 0x03, 0xC0
	undefined "ud_mov_cr1", 0x0F, 0x20, 0xC8

	check	"lock_add_mem"
	mov	word [DATA], 5
	lock add word [DATA], 3
	mov	ax, [DATA]
	done

	check	"lock_xchg_btc"
	mov	word [DATA], 5
	mov	bx, 9
	lock xchg [DATA], bx
	lock btc word [DATA], 1
	mov	ax, [DATA]
	done	CF
	ret

; --- single step: the log holds the IPs at which vector 1 came ---

step:
	note_ip
	iret

%macro trace_on 0
	push	word 0x102
	popf
%endmacro
%macro trace_off 0
	push	word 0x002
	popf
%endmacro

stepping:
	vector	0x01, step
	vector	0x60, .iret

	check	"step_nop"		; first after the instruction behind POPF, last after POPF
	trace_on
	nop
	inc	ax
	trace_off
	nop
	done

	check	"step_flags"		; PUSHF shows TF
	trace_on
	pushf
	pop	ax
	trace_off
	done

	check	"step_int"		; the handler is not stepped, nor is INT itself
	trace_on
	int	0x60
	nop
	nop
	trace_off
	done

	check	"step_cli_sti"
	trace_on
	cli
	nop
	trace_off
	done

	; STI's shadow holds back interrupts, not the trap; in QEMU 7.2 it does both.
	check	"~step_sti"
	trace_on
	sti
	cli
	trace_off
	done

	check	"step_mov_ss"		; the trap comes after the next instruction
	mov	ax, ss
	trace_on
	mov	ss, ax
	nop
	nop
	trace_off
	done

	check	"step_pop_ss"
	push	ss
	trace_on
	pop	ss
	nop
	trace_off
	nop
	done

	check	"step_popf_again"	; POPF that keeps TF is stepped like any other
	trace_on
	push	word 0x102
	popf
	nop
	trace_off
	done

	check	"step_pushf_popf"
	trace_on
	pushf
	popf
	nop
	trace_off
	done

	check	"step_rep"		; after every repetition
	mov	cx, 3
	mov	si, DATA
	mov	di, DATA + 16
	trace_on
	rep movsb
	nop
	trace_off
	done	0

	check	"step_rep_0"
	mov	si, DATA
	trace_on
	rep movsb
	nop
	trace_off
	done	0

	check	"step_in_out"
	trace_on
	in	al, 0x21
	out	0x21, al
	nop
	trace_off
	done

	check	"step_iret"		; IRET that sets TF: after the instruction it returns to
	push	word 0x102
	push	cs
	push	word .iret_to
	iret
.iret_to:
	nop
	nop
	trace_off
	done

	check	"step_jump"
	trace_on
	jmp	short .there
	nop
.there:
	call	.near
	nop
	trace_off
	jmp	short %$end
.near:
	ret
	done

	check	"step_div"		; the fault's handler runs without TF, which is saved set
	vector	0x00, .div
	mov	ax, 1
	trace_on
	div	bl
	nop
	trace_off
	jmp	short %$end
.div:
	push	bp
	mov	bp, sp
	add	word [bp + 2], 2	; past DIV
	push	ax
	mov	ax, [bp + 6]
	and	ax, TF | IF
	note	ax
	pop	ax
	pop	bp
	iret
	done	0
	vector	0x00, trap_00
	vector	0x01, trap_01
	ret
.iret:
	iret

; --- addresses and stacks that wrap ---

wrapping:
	check	"push_sp"		; the value before
	push	sp
	pop	ax
	done

	check	"stack_wrap"		; SP 0 goes to FFFEh
	mov	bx, sp
	mov	ax, 0x6000
	mov	ss, ax
	xor	sp, sp
	push	word 0x1234
	mov	cx, sp
	pop	dx
	mov	si, sp
	xor	ax, ax
	mov	ss, ax
	mov	sp, bx
	done

	check	"stack_int_wrap"
	vector	0x60, .iret
	mov	bx, sp
	mov	ax, 0x6000
	mov	ss, ax
	mov	sp, 4
	int	0x60
	mov	cx, sp
	xor	ax, ax
	mov	ss, ax
	mov	sp, bx
	done

	; A word at FFFFh of a segment is vector 13 (12 through SS). QEMU checks no limits.
	check	"~word_at_ffff"
	mov	ax, 0x6000
	mov	es, ax
	mov	di, 0xFFFF
	mov	ax, [es:di]
	xor	ax, ax
	done	0

	check	"~address_above_limit"
	mov	ax, 0x6000
	mov	es, ax
	mov	edi, 0x10000
	mov	al, [es:edi]
	xor	ax, ax
	done	0

	check	"offset_wrap"		; BX + SI + displacement modulo 64 KB
	mov	byte [DATA], 0x77
	mov	bx, 0xF000
	mov	si, DATA + 0x0F00
	mov	al, [bx + si + 0x100]
	done

	check	"string_wrap"
	mov	ax, 0x6000
	mov	es, ax
	mov	ds, ax
	mov	byte [0], 0x11
	mov	byte [0xFFFF], 0x22
	mov	si, 0xFFFF
	mov	di, 0x100
	mov	cx, 2
	rep movsb
	mov	ax, [0x100]
	mov	ds, cx
	done

	check	"bp_means_ss"
	mov	ax, 0x6000
	mov	ss, ax
	mov	byte [ss:0x20], 0x99
	mov	byte [0x5020], 0x11
	mov	bp, 0x20
	mov	al, [bp]
	mov	ah, 0
	mov	bx, 0
	mov	ss, bx
	mov	sp, PROBE_STACK
	done

	check	"sib"
	mov	dword [DATA + 0x40], 0xCAFEBABE
	mov	ebx, DATA
	mov	ecx, 8
	mov	eax, [ebx + ecx * 8]
	mov	edx, [ecx * 4 + DATA + 0x20]
	done

	check	"esp_based"
	movzx	esp, sp
	push	dword 0x11223344
	mov	eax, [esp]
	pop	dword [esp - 4]		; the address counts after the pop
	mov	ebx, [esp - 4]
	done
	ret
.iret:
	iret

; --- arithmetic, and the flags that are defined ---

arithmetic:
	%macro binary 4			; name, instruction, first, second
	check	%1
	mov	ax, %3
	mov	bx, %4
	%2	ax, bx
	done
	%endmacro
	binary	"add_carry", add, 0xFFFF, 1
	binary	"add_overflow", add, 0x7FFF, 1
	binary	"sub_borrow", sub, 0, 1
	binary	"sub_overflow", sub, 0x8000, 1
	binary	"cmp_equal", cmp, 5, 5
	binary	"and", and, 0xF0F0, 0x8080

	check	"adc_sbb"
	stc
	adc	ax, 0xFFFF
	pushf
	pop	bx
	stc
	sbb	cx, 0xFFFF
	done

	check	"inc_keeps_carry"
	stc
	mov	ax, 0xFFFF
	inc	ax
	done

	check	"neg_min"
	mov	ax, 0x8000
	neg	ax
	done

	check	"daa"
	mov	al, 0x9A
	add	al, 0
	daa
	done	DEFINED & ~OF

	check	"das"
	mov	al, 0x15
	sub	al, 0x16
	das
	done	DEFINED & ~OF

	check	"aaa"
	mov	ax, 0x000F
	aaa
	done	AF | CF

	check	"aas"
	mov	ax, 0x0204
	sub	al, 5
	aas
	done	AF | CF

	check	"aam_10"
	mov	al, 123
	aam
	done	SF | ZF | PF

	check	"aam_16"
	mov	al, 0x7B
	aam	16
	done	SF | ZF | PF

	check	"aad_10"
	mov	ax, 0x0905
	aad
	done	SF | ZF | PF

	check	"aad_16"
	mov	ax, 0x0A05
	aad	16
	done	SF | ZF | PF

	check	"mul"
	mov	ax, 0x1234
	mov	bx, 0x5678
	mul	bx
	done	CF | OF

	check	"imul_8"
	mov	al, -5
	mov	bl, 7
	imul	bl
	done	CF | OF

	check	"imul_3"
	mov	bx, 300
	imul	ax, bx, 300
	done	CF | OF

	check	"imul_imm8"
	mov	eax, 100000
	imul	eax, eax, -3
	done	CF | OF

	check	"div"
	mov	dx, 1
	mov	ax, 0x2345
	mov	bx, 0x1000
	div	bx
	done	0

	check	"idiv"
	mov	ax, -1001
	cwd
	mov	bx, 10
	idiv	bx
	done	0

	check	"shl_1"
	mov	ax, 0xC000
	shl	ax, 1
	done	DEFINED & ~AF

	check	"shift_count_masked"	; modulo 32
	mov	ax, 0x1234
	mov	cl, 33
	shl	ax, cl
	done	CF | ZF | SF | PF

	check	"shift_count_0"		; leaves the flags alone
	stc
	mov	cl, 32
	shr	ax, cl
	done	CF

	check	"sar"
	mov	ax, 0x8005
	sar	ax, 2
	done	CF | ZF | SF | PF

	check	"rcl_rcr"
	stc
	mov	al, 0x80
	rcl	al, 1
	mov	bl, 0x01
	rcr	bl, 1
	done	CF | OF

	check	"rcl_9"			; nine bits round
	stc
	mov	al, 0x35
	mov	cl, 9
	rcl	al, cl
	done	CF

	check	"rol_ror"
	mov	ax, 0x8001
	rol	ax, 4
	mov	bx, 0x8001
	ror	bx, 4
	done	CF

	check	"salc"			; undocumented, and used
	stc
	db	0xD6
	done

	check	"cbw_cwd"
	mov	al, 0x80
	cbw
	cwd
	done

	check	"cwde_cdq"
	mov	ax, 0x8000
	cwde
	cdq
	done

	check	"xlat"
	mov	byte [DATA + 7], 0x5A
	mov	bx, DATA
	mov	al, 7
	xlatb
	done
	ret

; --- what the 386 and 486 brought ---

extended:
	check	"movzx_movsx"
	mov	bl, 0x80
	movzx	eax, bl
	movsx	ecx, bl
	movsx	dx, bl
	done

	check	"bt_mem_far"		; the bit offset reaches beyond the operand
	mov	word [DATA + 4], 0x0010
	mov	bx, 36
	bt	[DATA], bx
	done	CF

	check	"bts_negative"
	mov	word [DATA - 2], 0
	mov	bx, -1
	bts	[DATA], bx
	mov	ax, [DATA - 2]
	done	CF

	check	"btr_btc_imm"
	mov	eax, 0xFFFF
	btr	eax, 3
	btc	eax, 20
	done	CF

	check	"bsf_bsr"
	mov	ebx, 0x00501000
	bsf	eax, ebx
	bsr	ecx, ebx
	done	ZF

	check	"bsf_zero"
	bsf	ax, bx
	xor	ax, ax
	done	ZF

	check	"shld_shrd"
	mov	eax, 0x12345678
	mov	ebx, 0x9ABCDEF0
	shld	eax, ebx, 8
	mov	cl, 12
	shrd	edx, ebx, cl
	done	CF

	check	"setcc"
	cmp	ax, 1
	setb	al
	setg	bl
	setnz	cl
	done

	check	"pusha_popa"
	mov	ax, 1
	mov	cx, 2
	mov	dx, 3
	mov	bx, 4
	mov	bp, 5
	mov	si, 6
	mov	di, 7
	pusha
	mov	bp, sp
	mov	ax, [bp + 6]		; SP as it was
	mov	[DATA], ax
	popa
	mov	ax, [DATA]
	done

	check	"push_immediate"
	push	byte -1
	pop	ax
	push	word 0x1234
	pop	bx
	push	dword -2
	pop	ecx
	done

	check	"enter_leave"
	mov	bp, 0x1234
	enter	8, 0
	mov	ax, bp
	sub	ax, sp
	leave
	done

	check	"enter_nested"
	mov	bp, sp
	mov	word [bp - 2], 0x5555	; the outer frame's pointer, which is copied
	sub	sp, 16
	enter	4, 2
	mov	ax, [bp - 2]
	mov	bx, bp
	sub	bx, sp
	leave
	sub	bp, sp
	done	0

	check	"lss"
	mov	word [DATA], 0x6F00
	mov	word [DATA + 2], 0x0010
	lss	bx, [DATA]
	mov	ax, ss
	mov	cx, sp
	xor	dx, dx
	mov	ss, dx
	done

	check	"lfs_lgs"
	mov	dword [DATA], 0x12345678
	lfs	ax, [DATA]
	lgs	bx, [DATA]
	mov	cx, fs
	mov	dx, gs
	done

	check	"push_fs_32"		; four bytes
	mov	ax, 0x1234
	mov	fs, ax
	mov	bx, sp
	o32 push fs
	sub	bx, sp
	pop	ecx
	and	ecx, 0xFFFF
	done	0

	check	"bswap_xadd"
	cpu 486
	mov	eax, 0x12345678
	bswap	eax
	mov	bx, 5
	mov	cx, 7
	xadd	bx, cx
	cpu 386
	done

	check	"cmpxchg"
	cpu 586
	mov	ax, 5
	mov	bx, 5
	mov	cx, 9
	cmpxchg	bx, cx
	cmpxchg	bx, dx
	cpu 386
	done

	check	"loop_ecx"
	mov	ecx, 0x10002
.again:
	inc	ax
	cmp	ax, 5
	je	.out
	a32 loop .again
.out:
	done	0

	check	"loop_cx"		; a 16-bit loop leaves the upper half alone
	mov	ecx, 0x10002
.again_cx:
	inc	ax
	loop	.again_cx
	done	0

	check	"jecxz"
	mov	ecx, 0x10000
	jecxz	.no
	jcxz	.yes
.no:	mov	al, 1
.yes:
	done

	check	"far_call"
	push	cs
	call	.far
	mov	bx, sp
	sub	bx, PROBE_STACK
	jmp	short %$end
.far:
	mov	al, 1
	retf
	done	0

	check	"retf_n"
	push	word 0x1111
	push	cs
	call	.far_retf_n
	mov	bx, sp
	sub	bx, PROBE_STACK
	jmp	short %$end
.far_retf_n:
	retf	2
	done	0

	check	"callf_indirect"
	mov	word [DATA], .far_callf_indirect
	mov	word [DATA + 2], 0
	call	far [DATA]
	mov	bl, 1
	jmp	short %$end
.far_callf_indirect:
	mov	al, 1
	retf
	done

	check	"jmp_operand_size"
	jmp	dword .there
	mov	al, 1
.there:
	done

	check	"mov_seg_32"		; the upper half is not defined for memory, is 0 for registers
	mov	eax, -1
	mov	ax, ds
	o32 mov	ebx, ds
	and	ebx, 0xFFFF
	done

	check	"prefix_many"
	db	0x2E, 0x3E, 0x26, 0x36, 0xB0, 0x01	; CS: DS: ES: SS: MOV AL,1
	done

	check	"prefix_override"
	mov	ax, 0x6000
	mov	fs, ax
	mov	byte [fs:0x10], 0x42
	mov	bx, 0x10
	mov	al, [fs:bx]
	mov	ah, 0
	done

	check	"prefix_last_wins"
	mov	ax, 0x6000
	mov	fs, ax
	mov	byte [fs:0x10], 0x42
	mov	bx, 0x10
	db	0x26, 0x64, 0x8A, 0x07	; ES: FS: MOV AL,[BX]
	mov	ah, 0
	done
	ret

; --- string instructions ---

strings:
	check	"rep_stosd"
	mov	eax, 0x01020304
	mov	di, DATA
	mov	cx, 3
	rep stosd
	mov	ebx, [DATA + 8]
	done

	check	"std_movs"
	std
	mov	dword [DATA], 0x44332211
	mov	si, DATA + 3
	mov	di, DATA + 4
	mov	cx, 4
	rep movsb
	mov	eax, [DATA + 1]
	cld
	done

	check	"repe_cmpsb"
	mov	dword [DATA], 0x44332211
	mov	dword [DATA + 8], 0x44AA2211
	mov	si, DATA
	mov	di, DATA + 8
	mov	cx, 4
	repe cmpsb
	done

	check	"repne_scasb"
	mov	dword [DATA], 0x44332211
	mov	di, DATA
	mov	cx, 4
	mov	al, 0x33
	repne scasb
	done

	check	"rep_lodsw"
	mov	dword [DATA], 0x44332211
	mov	si, DATA
	mov	cx, 2
	rep lodsw
	done

	check	"a32_movs"
	mov	esi, DATA
	mov	edi, DATA + 16
	mov	ecx, 2
	a32 rep movsw
	done

	check	"movs_override"
	mov	ax, 0x6000
	mov	fs, ax
	mov	byte [fs:0x10], 0x42
	mov	si, 0x10
	mov	di, DATA
	fs movsb
	mov	al, [DATA]
	mov	ah, 0
	done

	; The mask register of the interrupt controller as a port that holds its value.
	check	"insb_outsb"
	mov	word [DATA], 0xF7FB
	mov	si, DATA
	mov	di, DATA + 8
	mov	dx, PIC1 + 1
	outsb
	insb
	outsb
	insb
	mov	ax, [DATA + 8]
	mov	bl, 0xFF
	xchg	ax, bx
	out	dx, al
	done

	check	"rep_insb"
	mov	di, DATA
	mov	dx, PIC1 + 1
	mov	cx, 5
	rep insb
	mov	eax, [DATA + 1]
	done

	check	"rep_insb_down"
	std
	mov	di, DATA + 4
	mov	dx, PIC1 + 1
	mov	cx, 5
	rep insb
	cld
	done

	check	"rep_insb_0"
	mov	di, DATA
	mov	dx, PIC1 + 1
	rep insb
	done

	check	"rep_outsb_override"
	mov	ax, 0x6000
	mov	fs, ax
	mov	dword [fs:0x10], 0xFFFDFEFF
	mov	si, 0x10
	mov	dx, PIC1 + 1
	mov	cx, 3
	fs rep outsb
	in	al, dx
	mov	ah, 0xFF
	xchg	al, ah
	out	dx, al
	done

	check	"in_imm_out_imm"
	mov	al, 0xF0
	out	PIC1 + 1, al
	in	al, PIC1 + 1
	mov	bl, al
	mov	al, 0xFF
	out	PIC1 + 1, al
	done

	check	"in_prefixes"
	mov	dx, PIC1 + 1
	cs rep in al, dx
	done
	ret

; --- control registers, as far as real mode has them ---

control:
	check	"cr0"			; PE, MP, EM, TS and PG
	mov	eax, cr0
	and	eax, 0x80000001
	done

	check	"clts"
	clts
	mov	al, 1
	done

	check	"cr2_cr3"
	mov	eax, 0x12345678
	mov	cr2, eax
	mov	ebx, cr2
	mov	eax, 0x00123000
	mov	cr3, eax
	mov	ecx, cr3
	xor	eax, eax
	mov	cr3, eax
	done

	check	"dr"
	mov	eax, 0x12345678
	mov	dr0, eax
	mov	ebx, dr0
	mov	ecx, dr7
	xor	eax, eax
	mov	dr0, eax
	done

	check	"mov_cr0_same"
	mov	eax, cr0
	mov	cr0, eax
	mov	ax, 1
	and	eax, 0xFF
	done
	ret

; --- when interrupts come in: the log holds the IP they found ---

irq0:
	note_ip
	push	ax
	mov	al, PIC_EOI
	out	PIC1, al
	pop	ax
	iret

irq0_count:
	push	ax
	note	0xAAAA
	mov	al, PIC_EOI
	out	PIC1, al
	pop	ax
	iret

%macro irq_check 1
	check	%1
	call	irq0_pending
%endmacro
%macro irq_done 0
	cli
	mov	al, 0xFF
	out	PIC1 + 1, al
	mov	al, 0
	done	0
%endmacro

shadows:
	mov	eax, [0x08 * 4]
	push	eax
	vector	0x08, irq0

	irq_check "sti_cli"		; never opens; what waits is not lost
	sti
	cli
	nop
	nop
	note	1
	sti
	nop
	nop
	cli
	irq_done

	irq_check "sti_nop"		; after the NOP
	sti
	nop
	nop
	nop
	irq_done

	irq_check "sti_sti"
	sti
	sti
	nop
	nop
	irq_done

	irq_check "popf_if_now"		; no shadow
	push	word 0x202
	popf
	nop
	nop
	irq_done

	irq_check "iret_if_now"
	push	word 0x202
	push	cs
	push	word .iret_to
	iret
	nop
.iret_to:
	nop
	nop
	irq_done

	; Two shadows in a row: which of them counts differs among processors.
	irq_check "~sti_mov_ss_chain"
	mov	ax, ss
	sti
	mov	ss, ax
	nop
	nop
	irq_done

	irq_check "sti_hlt"		; the wait ends at once, behind HLT
	sti
	hlt
	nop
	irq_done

	irq_check "sti_pushf_popf"
	sti
	pushf
	popf
	nop
	irq_done

	irq_check "sti_int"		; comes in before the handler's first instruction? No: IF is off
	vector	0x60, .handler
	sti
	int	0x60
	nop
	jmp	short .int_done
.handler:
	note	0xAAAA
	iret
.int_done:
	irq_done

	irq_check "sti_rep"		; in front of, not inside, a string that has not begun
	mov	cx, 4
	mov	si, DATA
	mov	di, DATA + 8
	sti
	nop
	rep movsb
	nop
	irq_done

	check	"hlt_waits"
	mov	al, 0x30
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT0, al
	mov	al, 0x10		; 4096 periods of 838 ns
	out	PIT0, al
	mov	al, 0xFE
	out	PIC1 + 1, al
	mov	al, 0
	sti
	hlt
	nop
	irq_done

	check	"masked_pending"	; waits until it is unmasked
	vector	0x08, irq0_count
	call	irq0_pending
	mov	al, 0xFF
	out	PIC1 + 1, al
	sti
	nop
	nop
	note	1
	mov	al, 0xFE
	out	PIC1 + 1, al
	jmp	short $ + 2		; the controller may need a moment
	jmp	short $ + 2
	note	2
	irq_done

	call	pit_restore
	pop	eax
	mov	[0x08 * 4], eax
	ret

%include "lib/end.inc"
