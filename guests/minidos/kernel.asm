; minidos: a small system that reads and writes files on a FAT12 floppy.
;
; It stands in for a real DOS wherever none is at hand: everything goes through INT 13h to
; a real file system, keys come from INT 16h, text goes out through INT 10h, and programs
; call it through INT 20h and a few functions of INT 21h, so that its .COM programs run
; under DOS as well, and the smallest of DOS' run here.
;
; Every command ends with the prompt "A> ", every error is one line that begins with
; "Error:". FAT and directory are kept in memory and written back when a command has
; changed them.
;
; Not there: subdirectories, wild cards, disk change while a command runs.
;
; Status: dword 0 commands carried out, 1 sectors read, 2 sectors written, 3 errors shown.

%include "minidos/layout.inc"
	org KERNEL

status_commands	equ STATUS + 16
status_reads	equ STATUS + 20
status_writes	equ STATUS + 24
status_errors	equ STATUS + 28

LINE_MAX	equ 70

; print "text", bytes...
%macro print 1+
	call	print_inline
	db %1, 0
%endmacro
%define NL 13, 10

	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	[drive], dl
	mov	di, STATUS
	mov	si, signature
	mov	cx, 16
	rep	movsb
	mov	cx, 24
	rep	stosw
	mov	[fat_changed], al
	cli
	mov	word [0x20 * 4], int20
	mov	[0x20 * 4 + 2], ax
	mov	word [0x21 * 4], int21
	mov	[0x21 * 4 + 2], ax
	sti
	mov	ax, 0x0003
	int	0x10
	print	"minidos 1.0, a small system on a FAT floppy; a guest of poly86", NL
	print	"HELP lists the commands.", NL, NL

; Errors come back here from any depth.
prompt:
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	cli
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	print	"A> "
	call	read_line
	call	split
	cmp	byte [args], 0
	je	prompt
	inc	dword [status_commands]
	call	command
	jmp	prompt

; --- the command line ---

; A line of upper-case letters to LINE, ended by a 0.
read_line:
	mov	di, LINE
.key:
	xor	ah, ah
	int	0x16
	cmp	al, 13
	je	.done
	cmp	al, 8
	je	.back
	cmp	al, 27
	je	.clear
	cmp	al, ' '
	jb	.key
	cmp	di, LINE + LINE_MAX
	jae	.key
	call	put_char
	call	upper
	stosb
	jmp	.key
.back:
	cmp	di, LINE
	je	.key
	call	.rub
	jmp	.key
.clear:
	cmp	di, LINE
	je	.key
	call	.rub
	jmp	.clear
.rub:
	dec	di
	print	8, ' ', 8
	ret
.done:
	mov	byte [di], 0
	print	NL
	ret

; LINE in up to three words: their addresses to args, an empty word where there is none.
split:
	mov	si, LINE
	mov	bx, args_at
	mov	cx, 3
.word:
	call	skip_blanks
	mov	[bx], si
	add	bx, 2
.char:
	lodsb
	test	al, al
	jz	.end
	cmp	al, ' '
	jne	.char
	mov	byte [si - 1], 0
	loop	.word
	jmp	.done
.end:
	dec	si			; stay on the 0: the words left are empty
	loop	.word
.done:
	mov	si, [args_at]
	mov	al, [si]
	mov	[args], al
	ret

skip_blanks:
	cmp	byte [si], ' '
	jne	.done
	inc	si
	jmp	skip_blanks
.done:
	ret

; Looks the first word up and calls what it stands for; if nothing, it is a program's name.
command:
	mov	bx, commands
.next:
	mov	si, [bx]
	test	si, si
	jz	command_program
	mov	di, [args_at]
	call	same_word
	je	.found
	add	bx, 4
	jmp	.next
.found:
	jmp	[bx + 2]

; ZF set when the strings at SI and DI are the same.
same_word:
	lodsb
	cmp	al, [di]
	jne	.done
	inc	di
	test	al, al
	jnz	same_word
.done:
	ret

command_program:
	mov	si, [args_at]
	call	parse_name
	jc	.unknown
	call	default_com
	call	find
	jc	.unknown
	jmp	run
.unknown:
	mov	si, [args_at]
	call	error
	print	"no such command or program: "
	jmp	error_named

; --- commands ---

command_help:
	print	"DIR          list the files        COPY a b   copy a file", NL
	print	"TYPE name    show a text file      REN a b    give a file another name", NL
	print	"RUN name     run a program         DEL name   delete a file", NL
	print	"CRC name     check sum of a file   MEM        memory and disk", NL
	print	"TIME VER CLS HELP REBOOT", NL
	ret

command_ver:
	print	"minidos 1.0", NL
	ret

command_cls:
	mov	ax, 0x0003
	int	0x10
	ret

command_reboot:
	mov	word [0x472], 0x1234	; a warm start
	jmp	0xFFFF:0

command_dir:
	mov	di, ROOT
	xor	bp, bp			; files
	mov	dword [total], 0
.entry:
	cmp	byte [di], 0
	je	.end
	call	is_file
	jc	.next
	inc	bp
	mov	si, di
	mov	cx, 8
	call	print_cx
	mov	al, ' '
	call	put_char
	mov	cx, 3
	call	print_cx
	mov	eax, [di + ENTRY_SIZE]
	add	[total], eax
	mov	cl, 10
	call	print_dec
	print	NL
.next:
	add	di, ENTRY_LENGTH
	cmp	di, ROOT + ROOT_ENTRIES * ENTRY_LENGTH
	jb	.entry
.end:
	movzx	eax, bp
	mov	cl, 4
	call	print_dec
	print	" files"
	mov	eax, [total]
	mov	cl, 12
	call	print_dec
	print	" bytes", NL
	; falls through
show_free:
	xor	dx, dx
	mov	bx, 2
.cluster:
	call	fat_get
	cmp	ax, 1
	adc	dx, 0
	inc	bx
	cmp	bx, CLUSTER_END
	jb	.cluster
	movzx	eax, dx
	shl	eax, 10
	mov	cl, 22
	call	print_dec
	print	" bytes free", NL
	ret

command_mem:
	int	0x12
	movzx	eax, ax
	mov	cl, 22
	call	print_dec
	print	" KB base memory", NL
	mov	ah, 0x88
	int	0x15
	jnc	.extended
	xor	ax, ax
.extended:
	movzx	eax, ax
	mov	cl, 22
	call	print_dec
	print	" KB extended memory", NL
	jmp	show_free

command_time:
	mov	ah, 4
	int	0x1A
	jc	.none
	mov	al, ch
	call	print_hex
	mov	al, cl
	call	print_hex
	print	"-"
	mov	al, dh
	call	print_hex
	print	"-"
	mov	al, dl
	call	print_hex
	print	" "
	mov	ah, 2
	int	0x1A
	mov	al, ch
	call	print_hex
	print	":"
	mov	al, cl
	call	print_hex
	print	":"
	mov	al, dh
	call	print_hex
	print	NL
	ret
.none:
	call	error
	print	"the real-time clock does not answer"
	jmp	error_end

command_type:
	mov	si, [args_at + 2]
	call	open
.chunk:
	call	read_chunk
	jcxz	.done
	mov	si, BUFFER
.char:
	lodsb
	cmp	al, 26			; what DOS editors end a text with
	je	.done
	cmp	al, 10
	jne	.put
	mov	al, 13			; lines may end with a line feed alone
	call	put_char
	mov	al, 10
.put:
	call	put_char
	loop	.char
	jmp	.chunk
.done:
	mov	ah, 3			; end the last line
	mov	bh, 0
	int	0x10
	test	dl, dl
	jz	.column_0
	print	NL
.column_0:
	ret

; CRC-32 as zip files have it: polynomial EDB88320h, low bit first.
command_crc:
	mov	si, [args_at + 2]
	call	open
	or	eax, -1
.chunk:
	push	eax
	call	read_chunk
	pop	eax
	jcxz	.done
	mov	si, BUFFER
.byte:
	xor	al, [si]
	inc	si
	mov	dl, 8
.bit:
	shr	eax, 1
	jnc	.even
	xor	eax, 0xEDB88320
.even:
	dec	dl
	jnz	.bit
	loop	.byte
	jmp	.chunk
.done:
	not	eax
	push	eax
	mov	si, [args_at + 2]
	call	print_string
	print	" CRC-32 "
	pop	eax
	call	print_hex8
	mov	eax, [file_size]
	mov	cl, 10
	call	print_dec
	print	" bytes", NL
	ret

command_run:
	mov	si, [args_at + 2]
	call	need_name
	call	default_com
	call	find
	jc	not_found
	; falls through

; The program whose directory entry is at DI: a .COM file at PROGRAM_SEG:0100h with a
; small program segment prefix.
run:
	cmp	dword [di + ENTRY_SIZE], 0xFE00
	ja	.too_big
	call	open_entry
	mov	bx, 0x100
.chunk:
	push	bx
	call	read_chunk
	pop	bx
	jcxz	.loaded
	mov	ax, PROGRAM_SEG
	mov	es, ax
	mov	di, bx
	add	bx, cx
	mov	si, BUFFER
	rep	movsb
	push	ds
	pop	es
	jmp	.chunk
.loaded:
	mov	ax, PROGRAM_SEG
	mov	es, ax
	xor	di, di
	mov	ax, 0x20CD		; INT 20h
	stosw
	mov	ax, 0x9FFF
	stosw
	mov	di, 0x80
	mov	ax, 0x0D00		; an empty command tail
	stosw
	mov	ax, es
	mov	ds, ax
	cli
	mov	ss, ax
	mov	sp, 0xFFFE
	sti
	push	word 0			; RET ends a program, too
	jmp	PROGRAM_SEG:0x100
.too_big:
	call	error
	print	"the program is too big: "
	mov	si, [args_at + 2]
	jmp	error_named

command_del:
	mov	si, [args_at + 2]
	call	need_name
	call	find
	jc	not_found
	call	delete
	jmp	flush

command_ren:
	mov	si, [args_at + 4]
	call	need_name
	call	find
	jnc	.exists
	mov	si, [args_at + 2]
	call	need_name
	call	find
	jc	not_found
	push	di
	mov	si, [args_at + 4]
	call	need_name
	pop	di
	mov	si, name
	mov	cx, 11
	rep	movsb
	jmp	flush
.exists:
	call	error
	print	"there is a file of that name already: "
	mov	si, [args_at + 4]
	jmp	error_named

; The copy replaces a file of its name. A disk that fills up keeps nothing of it.
command_copy:
	mov	si, [args_at + 4]
	call	need_name
	mov	si, [args_at + 2]
	call	open
	mov	[source], di
	mov	si, [args_at + 4]
	call	need_name
	call	find
	jc	.new
	cmp	di, [source]
	je	.itself
	call	delete
.new:
	call	find_free
	jc	.directory_full
	mov	[target], di
	xor	ax, ax
	mov	[first], ax
	mov	[last], ax
.chunk:
	call	read_chunk
	jcxz	.done
	call	append
	jnc	.chunk
	mov	bx, [first]
	call	free_chain
	call	flush
	call	error
	print	"the disk is full"
	jmp	error_end
.done:
	mov	di, [target]
	push	di
	mov	cx, ENTRY_LENGTH / 2
	xor	ax, ax
	rep	stosw
	pop	di
	push	di
	mov	si, name
	mov	cx, 11
	rep	movsb
	pop	di
	mov	byte [di + ENTRY_ATTR], ATTR_ARCHIVE
	mov	ax, [first]
	mov	[di + ENTRY_CLUSTER], ax
	mov	eax, [file_size]
	mov	[di + ENTRY_SIZE], eax
	call	stamp
	call	flush
	print	"        1 file copied", NL
	ret
.itself:
	call	error
	print	"a file cannot be copied onto itself: "
	mov	si, [args_at + 4]
	jmp	error_named
.directory_full:
	call	error
	print	"the directory is full"
	jmp	error_end

%include "minidos/file.inc"
%include "minidos/console.inc"

; --- what programs may call ---

; INT 20h and INT 21h AH=4Ch: back to the prompt, whatever the stack.
int20:
	jmp	0:prompt

int21:
	sti
	cmp	ah, 0x4C
	je	int20
	cmp	ah, 0x02
	je	.put
	cmp	ah, 0x09
	je	.string
	cmp	ah, 0x08
	je	.key
	cmp	ah, 0x01
	je	.key_echo
	cmp	ah, 0x30
	je	.version
	mov	al, 0			; as DOS answers to what it does not know
	iret
.put:
	mov	al, dl
	call	put_char
	iret
.string:
	push	si
	mov	si, dx
.char:
	lodsb
	cmp	al, '$'
	je	.end
	call	put_char
	jmp	.char
.end:
	pop	si
	iret
.key_echo:
	call	.get
	call	put_char
	iret
.key:
	call	.get
	iret
.get:
	xor	ah, ah
	int	0x16
	ret
.version:
	mov	ax, 0x0001		; 1.0
	iret

; --- data ---

commands:
	dw	.help, command_help, .question, command_help, .dir, command_dir
	dw	.type, command_type, .run, command_run, .copy, command_copy
	dw	.ren, command_ren, .del, command_del, .crc, command_crc
	dw	.ver, command_ver, .mem, command_mem, .time, command_time
	dw	.cls, command_cls, .reboot, command_reboot, 0
.help:	db	"HELP", 0
.question:
	db	"?", 0
.dir:	db	"DIR", 0
.type:	db	"TYPE", 0
.run:	db	"RUN", 0
.copy:	db	"COPY", 0
.ren:	db	"REN", 0
.del:	db	"DEL", 0
.crc:	db	"CRC", 0
.ver:	db	"VER", 0
.mem:	db	"MEM", 0
.time:	db	"TIME", 0
.cls:	db	"CLS", 0
.reboot:
	db	"REBOOT", 0

signature:
	db	"POLY86 minidos", 0, 0

	section .bss
total:		resd 1
file_size:	resd 1
file_left:	resd 1
file_cluster:	resw 1
source:		resw 1
target:		resw 1
first:		resw 1			; clusters of the file that is written
last:		resw 1
args_at:	resw 3			; the words of the line
args:		resb 1			; first character of the first
drive:		resb 1
name:		resb 11			; as a directory entry has it
no_dot:		resb 1			; the name was typed without an extension
fat_changed:	resb 1
