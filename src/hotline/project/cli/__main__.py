from hotline.project.cli import main

main()
